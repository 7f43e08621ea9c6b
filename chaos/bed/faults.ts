import { Processes } from "../../scripts/launcher/processes.ts"
import { until } from "../../tests/support/until.ts"
import { type Bed } from "./bed.ts"
import { type ChaosReplica } from "./chaos-replica.ts"

const ms = (since: number) => Math.round(performance.now() - since)

/** In the balancer's rotation or not. */
const isBalanced = async (bed: Bed, victim: ChaosReplica): Promise<boolean> => {
  const response = await fetch(`${bed.fleet.url}/__balancer`, { signal: AbortSignal.timeout(2_000) })
  const { replicas } = (await response.json()) as {
    readonly replicas: ReadonlyArray<{ readonly name: string; readonly ready: boolean }>
  }
  return replicas.find(({ name }) => name === victim.name)?.ready === true
}

/**
 * The faults that several cases and the random schedule share. Each does its fault, measures, expects, heals, and returns
 * when the three replicas are whole again.
 */
const Faults = {
  isBalanced,

  /** SIGKILL; the supervisor waits, so that the shards have to go to others. */
  kill: async (bed: Bed, victim: ChaosReplica) => {
    victim.isHeld = true
    const takeOver = await bed.fault("SIGKILL", { replica: victim.name }, () =>
      bed.takeOver(victim, () => victim.kill())
    )
    victim.isHeld = false
    bed.expect(takeOver.lost === 0, `kill -9: ${takeOver.lost} probes were never taken over`)
    bed.expect(takeOver.lastMillis <= 10_000, `kill -9: taken over after ${takeOver.lastMillis} ms`)
    await bed.untilWhole()
    return { killTakeOverMillis: takeOver.lastMillis, killHungRequests: takeOver.hung }
  },

  /** SIGTERM, as a rolling deployment does. */
  terminate: async (bed: Bed, victim: ChaosReplica) => {
    victim.isHeld = true
    const ending = { millis: 0, reason: "" }
    const takeOver = await bed.fault("SIGTERM", { replica: victim.name }, () =>
      bed.takeOver(victim, async () => Object.assign(ending, await victim.terminate()))
    )
    victim.isHeld = false
    bed.expect(takeOver.lost === 0, `SIGTERM: ${takeOver.lost} probes were never taken over`)
    bed.expect(ending.reason === "code 0", `SIGTERM: ${victim.name} ended with ${ending.reason}`)
    bed.expect(
      ending.millis <= 15_000,
      `SIGTERM: ${victim.name} took ${Math.round(ending.millis)} ms to leave`
    )
    await bed.untilWhole()
    return {
      terminateExitMillis: Math.round(ending.millis),
      terminateExit: ending.reason,
      terminateTakeOverMillis: takeOver.lastMillis,
      terminateHungRequests: takeOver.hung
    }
  },

  /** SIGSTOP until the supervisor has had enough of its silence. */
  freeze: async (bed: Bed, victim: ChaosReplica) => {
    const endings = victim.endings.length
    const figures = { killed: -1, out: -1 }
    const takeOver = await bed.fault("SIGSTOP", { replica: victim.name }, () =>
      bed.takeOver(victim, async () => {
        const frozenAt = performance.now()
        victim.signal("SIGSTOP")
        const out = bed.seen(async () => !(await isBalanced(bed, victim)), frozenAt, 20_000)
        await until("the supervisor kills it", () => victim.endings.length > endings, 30_000, 20)
        figures.killed = ms(frozenAt)
        figures.out = (await out) ?? -1
      })
    )
    const reason = victim.endings[endings]?.reason ?? ""
    bed.expect(reason.startsWith("killed:"), `SIGSTOP: ${victim.name} ended with ${reason}`)
    bed.expect(figures.killed <= 10_000, `SIGSTOP: killed after ${figures.killed} ms`)
    bed.expect(figures.out >= 0 && figures.out <= 10_000, `SIGSTOP: balanced for ${figures.out} ms`)
    bed.expect(takeOver.lost === 0, `SIGSTOP: ${takeOver.lost} probes were never taken over`)
    await bed.untilWhole()
    return {
      freezeKilledMillis: figures.killed,
      freezeUnbalancedMillis: figures.out,
      freezeTakeOverMillis: takeOver.lastMillis
    }
  },

  /** Ends sessions of PostgreSQL; until every replica is ready and every probe answers. */
  terminateBackends: async (bed: Bed, which: "all" | "locks") => {
    const where =
      which === "all"
        ? "datname = current_database() AND usename IN ('tessera_app', 'tessera_infra')"
        : "pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)"
    const startedAt = performance.now()
    const sessions = await bed.fault(`pg_terminate_backend ${which}`, {}, () =>
      bed.fleet.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE ${where} AND pid <> pg_backend_pid()`)
    )
    bed.expect(sessions.length > 0, `there were no sessions to end (${which})`)
    await until("everybody is ready", async () =>
      (await Promise.all(bed.fleet.replicas.map((replica) => replica.isReady()))).every(Boolean)
    )
    const readyMillis = ms(startedAt)
    await bed.allProbesAnswer()
    const probesMillis = ms(startedAt)
    await bed.untilWhole()
    return { sessions: sessions.length, readyMillis, probesMillis, wholeMillis: ms(startedAt) }
  },

  /** One replica's packets to PostgreSQL and back vanish. */
  halfOpenDatabase: async (bed: Bed, victim: ChaosReplica, millis: number) => {
    const figures = { red: -1, alive: true }
    const startedAt = performance.now()
    const pid = victim.pid
    const takeOver = await bed.fault("half-open database", { replica: victim.name }, async () => {
      const taken = await bed.takeOver(victim, async () => {
        victim.postgres.set({ kind: "half-open" })
        figures.red = (await bed.seen(async () => !(await victim.isReady()), startedAt, 30_000)) ?? -1
        figures.alive = (await victim.status("/health/live")) === 200
      })
      const left = millis - ms(startedAt)
      if (left > 0) await bed.quiet(left)
      victim.postgres.heal()
      return taken
    })
    const healedAt = performance.now()
    await victim.untilReady()
    const greenMillis = ms(healedAt)
    const isSame = victim.pid === pid
    bed.expect(figures.red >= 0 && figures.red <= 10_000, `half-open: readiness red after ${figures.red} ms`)
    bed.expect(figures.alive, "half-open: liveness was red, too")
    bed.expect(takeOver.lost === 0, `half-open: ${takeOver.lost} probes were never taken over`)
    bed.expect(takeOver.lastMillis <= 30_000, `half-open: taken over after ${takeOver.lastMillis} ms`)
    bed.expect(greenMillis <= 10_000, `half-open: readiness green ${greenMillis} ms after the heal`)
    await bed.untilWhole()
    return {
      halfOpenRedMillis: figures.red,
      halfOpenTakeOverMillis: takeOver.lastMillis,
      halfOpenGreenMillis: greenMillis,
      halfOpenSameProcess: isSame
    }
  },

  isAlive: (replica: ChaosReplica) => replica.pid > 0 && Processes.isAlive(replica.pid)
}

export { Faults }
