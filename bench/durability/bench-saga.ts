import { Activity, Workflow } from "@effect/workflow"
import { Effect, Schema } from "effect"
import { Sightings } from "./sightings.ts"

const activity = (name: string, execute: Effect.Effect<string, string>) =>
  Activity.make({ name, success: Schema.String, error: Schema.String, execute })

// Made once: an activity that is made in the body compiles its schemas in each run.
const reserve = activity("reserve", Effect.succeed("reserved"))
const release = activity("release", Effect.succeed("released"))
const charge = activity("charge", Effect.succeed("charged"))
const refund = activity("refund", Effect.succeed("refunded"))
const confirm = activity("confirm", Effect.succeed("confirmed"))
const refuse = activity("confirm", Effect.fail("refused"))

const workflow = Workflow.make({
  name: "BenchSaga",
  payload: { tag: Schema.String, index: Schema.Number, fails: Schema.Boolean },
  error: Schema.String,
  idempotencyKey: ({ tag, index }) => `${tag}/${index}`
})

/** Three steps that do nothing, each of them durable; one that fails undoes the two before, durably too. */
const BenchSaga = {
  execute: (tag: string, index: number, fails: boolean) => workflow.execute({ tag, index, fails }),
  /** Under this tag each undone step of a saga is seen. */
  undoTag: (tag: string) => `${tag}/undo`,
  layer: workflow.toLayer(({ fails, index, tag }) =>
    Effect.gen(function* () {
      const undone = (step: number) => Effect.sync(() => Sightings.see(`${tag}/undo`, 2 * index + step, 0))
      yield* reserve.pipe(workflow.withCompensation(() => Effect.zipRight(Effect.orDie(release), undone(0))))
      yield* charge.pipe(workflow.withCompensation(() => Effect.zipRight(Effect.orDie(refund), undone(1))))
      yield* fails ? refuse : confirm
    })
  )
} as const

export { BenchSaga }
