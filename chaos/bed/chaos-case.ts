import { type WorkloadOptions } from "../workload/workload-options.ts"
import { type Bed } from "./bed.ts"

/** One fault, what is expected of it, and how it is done to a bed that runs under load. */
interface ChaosCase {
  /** `RF-01` */
  readonly id: string
  readonly title: string
  /** What is done, and what must come of it: a sentence each, for the report. */
  readonly does: string
  readonly expected: string
  /** Settings of every replica; a case with some gets a fleet of its own. */
  readonly env?: Readonly<Record<string, string>>
  readonly workload?: Partial<Pick<WorkloadOptions, "clients" | "mix" | "pauseMillis" | "streams">>
  /** False: nobody looks at the invariants of every moment while it runs. */
  readonly isSampled?: boolean
  /** Fault and measurement; what it breaks is mended afterwards, then the work is drained and checked. */
  readonly run: (bed: Bed) => Promise<ChaosCase.Figures>
}

declare namespace ChaosCase {
  type Figures = Readonly<Record<string, string | number | boolean>>
}

export type { ChaosCase }
