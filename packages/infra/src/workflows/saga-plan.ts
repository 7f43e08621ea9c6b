import { type Duration, type Effect } from "effect"
import { type Tenancy } from "../tenancy/tenancy.ts"
import { type SagaMove } from "./saga-move.ts"
import { type SagaPause } from "./saga-pause.ts"
import { type SagaRefused } from "./saga-refused.ts"

/** A saga as data: its steps in order, and what surrounds them. */
declare namespace SagaPlan {
  type Subject = SagaMove.Subject
  /**
   * State lives in the database, not in the saga: a step reads what it needs and writes what it got. A defect
   * (lost database, provider without an answer) is tried again after a pause; a refusal is final.
   */
  type Step<Known = void> = {
    readonly name: string
    readonly run: (
      subject: SagaPlan.Subject,
      known: Known
    ) => Effect.Effect<void, SagaRefused, Tenancy.Current>
    /** Tolerates that there is nothing to undo; tried until it works. */
    readonly undo: (subject: SagaPlan.Subject) => Effect.Effect<void, never, Tenancy.Current>
    /**
     * How long the saga waits before this step for `Saga.wake`; none: there is nothing to wait for, and the
     * step is left out, backwards too. What it waits for is decided in the database, and read by `run`, which
     * also decides what it means that nobody came.
     */
    readonly waits?: (subject: SagaPlan.Subject) => SagaMove.Waits
    /** Attempts before trouble becomes an uncertain refusal. */
    readonly maxAttempts: number
    /** Pauses between attempts: 0.5 s, doubled up to 30 s, unless it says otherwise. */
    readonly backoff?: Partial<SagaPause.Backoff>
    /** Of one attempt: it is interrupted and counts as trouble. Defaults to 1 minute. */
    readonly timeout?: Duration.DurationInput
    /**
     * True where the point of no return is: once this step is done, the saga only goes forward, whatever
     * anybody wishes. Defaults to false.
     */
    readonly pivot?: boolean
    /**
     * True when `run` and `undo` touch nothing but our database: each then commits in one transaction with
     * its journal row, and happens once. Defaults to false.
     */
    readonly local?: boolean
  }
  type Definition<Known = void> = {
    readonly steps: ReadonlyArray<SagaPlan.Step<Known>>
    /** What each forward step wants to know: read anew at each attempt, in the transaction that begins it. */
    readonly reads: (subject: SagaPlan.Subject) => Effect.Effect<Known, never, Tenancy.Current>
    /** Asked before each forward step: a durable wish to cancel is a refusal like any other. */
    readonly guard: (known: Known) => Effect.Effect<void, SagaRefused>
    readonly undoing: (
      subject: SagaPlan.Subject,
      reason: string
    ) => Effect.Effect<void, never, Tenancy.Current>
    readonly undone: (
      subject: SagaPlan.Subject,
      reason: string
    ) => Effect.Effect<void, never, Tenancy.Current>
  }
}

export type { SagaPlan }
