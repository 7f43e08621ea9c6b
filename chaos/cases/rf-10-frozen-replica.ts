import { type ChaosCase } from "../bed/chaos-case.ts"
import { Faults } from "../bed/faults.ts"

/** SIGSTOP with advisory locks, which a frozen process keeps: only its end helps. */
const rf10: ChaosCase = {
  id: "RF-10",
  title: "a frozen replica (advisory locks)",
  does: "SIGSTOP; the supervisor sees no answer to its liveness probe.",
  expected: "Out of the balancer's rotation and killed within 10 s; its work goes on elsewhere.",
  run: (bed) => Faults.freeze(bed, bed.pick(bed.fleet.replicas))
}

export { rf10 }
