import { Cause, Effect, Schedule, Schema } from "effect"
import { type Tenancy } from "../tenancy/tenancy.ts"
import { StepActivity } from "./step-activity.ts"

/**
 * Activities around the steps of a saga: they must happen and have nobody to refuse them, so they are tried
 * every second until they work or the replica leaves.
 */
const SagaNote = {
  /** At the top of a module: the schema is compiled once. */
  of: <A, I>(success: Schema.Schema<A, I>) => {
    const activity = StepActivity.of(success, Schema.Never)
    return <R>(name: string, run: Effect.Effect<A, never, Tenancy.Current | R>) =>
      activity({
        name,
        execute: run.pipe(
          Effect.sandbox,
          Effect.retry({
            while: (cause) => !Cause.isInterrupted(cause),
            schedule: Schedule.spaced("1 second")
          }),
          Effect.unsandbox
        )
      })
  }
} as const

export { SagaNote }
