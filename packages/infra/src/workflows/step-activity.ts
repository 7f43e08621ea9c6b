import { Activity } from "@effect/workflow"
import { type Effect, Schema } from "effect"

declare namespace StepActivity {
  type Step<Success, Error, R> = {
    /** Stored: a run replays by it. */
    readonly name: string
    readonly execute: Effect.Effect<Success, Error, R>
  }
}

/**
 * Activities of one shape whose names come up while a workflow runs. `of` stands at the top of a module: its
 * schemas are compiled once, where `Activity.make` in a workflow's body compiles them at every run.
 */
const StepActivity = {
  of: <Success extends Schema.Schema.Any, Error extends Schema.Schema.All>(
    success: Success,
    error: Error
  ) => {
    const exitSchema = Schema.ExitFromSelf({ success, failure: error, defect: Schema.Defect })
    return <R>(step: StepActivity.Step<Success["Type"], Error["Type"], R>) =>
      // The compiled codec belongs to the schema object, so all of these share one.
      Object.assign(Activity.make({ ...step, success, error }), { exitSchema })
  }
} as const

export { StepActivity }
