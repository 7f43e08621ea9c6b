import { type ChaosCase } from "../bed/chaos-case.ts"
import { Faults } from "../bed/faults.ts"

/** The packets between one replica and PostgreSQL vanish. */
const rf13: ChaosCase = {
  id: "RF-13",
  title: "half-open TCP between one replica and the database",
  does: "For 60 s nothing passes between one replica and PostgreSQL, and nobody is told.",
  expected:
    "Readiness red within 10 s, liveness green, work elsewhere within 30 s, green within 10 s of the heal.",
  run: (bed) => Faults.halfOpenDatabase(bed, bed.pick(bed.fleet.replicas), 60_000)
}

export { rf13 }
