import { until } from "../../tests/support/until.ts"
import { type ChaosCase } from "../bed/chaos-case.ts"
import { Faults } from "../bed/faults.ts"

const blockMillis = 5_000
const failpoint = "saga.reserve.forward.before"

/** Something computes for seconds without giving way. */
const rf35: ChaosCase = {
  id: "RF-35",
  title: "the event loop of one replica stands still for 5 s",
  does: "A step of a saga blocks the thread of one replica for 5 s.",
  expected: "Out of the balancer's rotation meanwhile, not killed, no lock lost, nothing doubled.",
  run: async (bed) => {
    const { fleet } = bed
    const victim = fleet.replica(2)
    const ids = await bed.owned(victim, 4)
    const { pid } = victim
    await bed.fault("blocked event loop", { replica: victim.name, blockMillis }, async () => {
      victim.failpoints({ [failpoint]: `block:${blockMillis}` })
      const isHit = () => victim.hits().some(({ name }) => name === failpoint)
      await until("it blocks", isHit, 30_000, 5)
      // Read at the next hit, after this one.
      victim.failpoints({})
    })
    const blockedAt = performance.now()
    const unbalancedMillis =
      (await bed.seen(async () => !(await Faults.isBalanced(bed, victim)), blockedAt, blockMillis)) ?? -1
    const greenMillis = (await bed.seen(victim.isReady, blockedAt, 20_000)) ?? -1
    const stayed = await bed.owned(victim, 48)
    const moved = ids.filter((id) => !stayed.includes(id)).length
    bed.expect(victim.pid === pid, "it was killed")
    bed.expect(unbalancedMillis >= 0, "the balancer went on sending to it")
    bed.expect(greenMillis >= 0 && greenMillis <= blockMillis + 5_000, `green again after ${greenMillis} ms`)
    bed.expect(moved === 0, `${moved} of ${ids.length} probes changed their owner`)
    return { unbalancedMillis, greenMillis, movedProbes: moved, samePid: victim.pid === pid }
  }
}

export { rf35 }
