import { Context, type Effect, Option } from "effect"

declare namespace ActivityRecord {
  type Open = {
    readonly executionId: string
    readonly epoch: string
    readonly name: string
    readonly attempt: number
    /** The exit as the journal writes it, from the success as its schema encodes it. */
    readonly encode: (success: unknown) => Effect.Effect<string>
    /** To be called once the transaction that holds this exit has committed: it is not written again. */
    readonly committed: (exit: string) => Effect.Effect<void>
    /**
     * Another replica has begun the run. Waits to be interrupted; who is not has the run after all, and gets
     * the record under its next epoch.
     */
    readonly renewed: Effect.Effect<ActivityRecord.Open>
  }
}

/**
 * The place of the running activity in its run's journal. None outside an activity and in runs that the stock
 * engine journals.
 */
class ActivityRecord extends Context.Reference<ActivityRecord>()("infra/workflows/ActivityRecord", {
  defaultValue: (): Option.Option<ActivityRecord.Open> => Option.none()
}) {}

export { ActivityRecord }
