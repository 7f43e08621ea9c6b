// The live form of packages/infra/src/testing/failpoint.ts: the build of the test bed puts it in that one's place.
import { appendFileSync, readFileSync } from "node:fs"
import { Effect } from "effect"

/** Found in a bundle exactly when failpoints are live in it. */
const marker = "failpoints-are-live"

type Modes = Readonly<Record<string, string>>

/** `FAILPOINT_FILE`, JSON from a name to `pause`, `throw`, `exit`, `sleep:<ms>` or `block:<ms>`, read at each hit. */
const modes = (file: string): Modes => {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Modes
  } catch {
    return {}
  }
}

const lookMillis = 25

/** Thousands may be paused at once: they look together, not each for itself. */
const last = { at: 0, modes: {} as Modes }
const recentModes = (file: string): Modes => {
  const now = performance.now()
  return now - last.at < lookMillis ? last.modes : Object.assign(last, { at: now, modes: modes(file) }).modes
}

const act = (file: string, name: string, mode: string): Effect.Effect<void> => {
  const [kind, millis = "0"] = mode.split(":")
  if (kind === "pause") {
    return Effect.sleep(lookMillis).pipe(
      Effect.repeat({ until: () => recentModes(file)[name] !== mode }),
      Effect.asVoid
    )
  }
  if (kind === "throw") return Effect.dieMessage(`${marker}: ${name}`)
  if (kind === "exit") return Effect.sync(() => process.exit(1))
  if (kind === "sleep") return Effect.sleep(Number(millis))
  if (kind === "block") {
    // Holds the whole thread, as a loop would, without its heat.
    return Effect.sync(
      () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(millis))
    )
  }
  return Effect.dieMessage(`${marker}: ${name} has the unknown mode ${mode}`)
}

const hit = (name: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    const file = process.env.FAILPOINT_FILE
    const mode = file === undefined ? undefined : modes(file)[name]
    if (file === undefined || mode === undefined) return Effect.void
    // Before it acts: who waits for the hit may kill us in the middle of it.
    appendFileSync(`${file}.hits`, `${JSON.stringify({ name, mode, at: Date.now() })}\n`)
    return act(file, name, mode)
  })

const Failpoint = {
  hit,
  around: <A, E, R>(name: string, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    hit(`${name}.before`).pipe(Effect.zipRight(effect), Effect.zipLeft(hit(`${name}.after`)))
}

export { Failpoint }
