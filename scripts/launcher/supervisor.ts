import { request } from "node:http"
import { Effect } from "effect"
import { ChildProcess } from "./child-process.ts"
import { type LogFile } from "./log-file.ts"

declare namespace Supervisor {
  interface Spec {
    readonly name: string
    readonly program: ChildProcess.Program
    readonly env: Readonly<Record<string, string>>
    readonly log: LogFile
    readonly restartMillis: number
    readonly graceMillis: number
    /** Polled for liveness; absent: only an exit counts. */
    readonly liveUrl?: string
    readonly onStart: (pid: number) => void
    /** With how it ended: "code 0", "SIGKILL", ... */
    readonly onEnd: (reason: string) => void
    /** While true the process is not started (again). */
    readonly isHeld?: () => boolean
    /** While true silence is only watched, not answered with a kill. */
    readonly isSpared?: () => boolean
    readonly say: (line: string) => void
  }
}

const _pollMillis = 2_000
// Until the first answer: the sooner it is seen, the sooner the boot time ends and freezing counts.
const _bootPollMillis = 250
const _probeTimeoutMillis = 2_000
const _bootGraceMillis = 30_000
const _heldPollMillis = 25
const _maxFailures = 3
/** A closed port is a replica that leaves: its own watchdog ends it after 12 s, so this only catches a hang beyond. */
const _maxRefusals = 8
const _manyDeaths = 5
const _manyDeathsMillis = 60_000

/**
 * Keeps one process alive until interrupted, which stops it. Ended: started again after `restartMillis`. Alive but not
 * answering its liveness probe three times in a row: killed, because a frozen process keeps its locks until it is gone.
 */
const Supervisor = {
  keep: (spec: Supervisor.Spec): Effect.Effect<never> =>
    Effect.gen(function* () {
      const deaths: Array<number> = []
      for (;;) {
        while (spec.isHeld?.() ?? false) yield* Effect.sleep(_heldPollMillis)
        const reason = yield* Effect.scoped(runOnce(spec))
        const now = performance.now()
        deaths.push(now)
        while (deaths.length > 0 && now - (deaths[0] ?? now) > _manyDeathsMillis) deaths.shift()
        spec.say(`${spec.name} ended (${reason}); starting it again in ${spec.restartMillis / 1000} s`)
        if (deaths.length >= _manyDeaths) {
          deaths.length = 0
          const lines = spec.log.lastLines(12).map((line) => `    ${line}`)
          spec.say(
            [
              `${spec.name} ended ${_manyDeaths} times within a minute. Its last words (${spec.log.path}):`,
              ...lines
            ].join("\n")
          )
        }
        yield* Effect.sleep(spec.restartMillis)
      }
    })
}

const runOnce = (spec: Supervisor.Spec) =>
  Effect.gen(function* () {
    const child = yield* ChildProcess.start(spec)
    spec.onStart(child.pid)
    const { liveUrl } = spec
    let isFrozen = false
    if (liveUrl !== undefined) {
      const kill = Effect.suspend(() => {
        isFrozen = true
        return child.kill
      })
      yield* Effect.forkScoped(Effect.zipRight(untilFrozen(liveUrl, spec.isSpared), kill))
    }
    const ending = yield* child.ended
    const reason = isFrozen ? `killed: no answer from ${liveUrl}` : ending.reason
    spec.onEnd(reason)
    return reason
  })

/** Returns when the process counts as frozen. Before its first answer it has the boot time instead of three polls. */
const untilFrozen = (url: string, isSpared: () => boolean = () => false) =>
  Effect.gen(function* () {
    const startedAt = performance.now()
    let hasAnswered = false
    let silences = 0
    let refusals = 0
    while (silences < _maxFailures && refusals < _maxRefusals) {
      const startedPoll = performance.now()
      const answer = yield* probe(url)
      hasAnswered = hasAnswered || answer === "live"
      const isBooting = !hasAnswered && performance.now() - startedAt < _bootGraceMillis
      const isPatient = isBooting || isSpared()
      silences = answer === "silent" && !isPatient ? silences + 1 : 0
      refusals = answer === "refused" && !isPatient ? refusals + 1 : 0
      const pauseMillis = hasAnswered ? _pollMillis : _bootPollMillis
      yield* Effect.sleep(Math.max(0, pauseMillis - (performance.now() - startedPoll)))
    }
  })

type Answer = "live" | "refused" | "silent"

const probe = (url: string) =>
  Effect.async<Answer>((resume) => {
    // A connection of its own: a pooled one would say something about the pool.
    const outgoing = request(url, { agent: false, timeout: _probeTimeoutMillis }, (response) => {
      response.resume()
      resume(Effect.succeed(response.statusCode === 200 ? "live" : "silent"))
    })
    // Only silence is frozen; a closed or a reset connection comes from a process that is awake and leaves.
    outgoing.on("timeout", () => {
      resume(Effect.succeed("silent"))
      outgoing.destroy()
    })
    outgoing.on("error", () => resume(Effect.succeed("refused")))
    outgoing.end()
    return Effect.sync(() => outgoing.destroy())
  })

export { Supervisor }
