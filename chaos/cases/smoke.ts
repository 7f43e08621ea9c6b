import { type ChaosCase } from "../bed/chaos-case.ts"
import { Faults } from "../bed/faults.ts"

/** The commonest faults one after the other, in less than two minutes. */
const smoke: ChaosCase = {
  id: "SMOKE",
  title: "the commonest faults, one after the other",
  does: "kill -9, SIGTERM, SIGSTOP, the end of all database sessions, a half-open database, under load.",
  expected: "Nothing is lost or doubled, every cron tick runs once, and each fault is over within its time.",
  run: async (bed) => {
    const sessions = await Faults.terminateBackends(bed, "all")
    const killed = await Faults.kill(bed, bed.fleet.replica(1))
    const left = await Faults.terminate(bed, bed.fleet.replica(2))
    const frozen = await Faults.freeze(bed, bed.fleet.replica(3))
    const halfOpen = await Faults.halfOpenDatabase(bed, bed.fleet.replica(1), 12_000)
    return { sessionsReadyMillis: sessions.readyMillis, ...killed, ...left, ...frozen, ...halfOpen }
  }
}

export { smoke }
