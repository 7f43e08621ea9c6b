import { WorkflowEngine } from "@effect/workflow"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { Saga } from "@tessera/infra/workflows/saga"
import { SagaPause } from "@tessera/infra/workflows/saga-pause"
import { SagaTimeline } from "@tessera/infra/workflows/saga-timeline"
import { type Access } from "@tessera/shared/access/access"
import { StuckStep } from "@tessera/shared/stuck-step/stuck-step"
import { Array as Arr, Context, DateTime, Effect, Layer } from "effect"
import { Policy } from "../../../access/policy.ts"
import { FulfilOrder } from "../fulfil-order.ts"
import { StuckStepRepo } from "./stuck-step-repo.ts"

declare namespace StuckSteps {
  type Shape = {
    /** The oldest first, 100 at most. */
    readonly list: Effect.Effect<ReadonlyArray<StuckStep.Model>, never, Tenancy.Current>
    /** Ends the pause of the step: its saga tries it at once, wherever it lives. */
    readonly retry: (
      place: StuckStep.Place
    ) => Effect.Effect<void, StuckStep.NotFound | Access.Denied, Tenancy.Current>
  }
}

/** Steps of orders that fail again and again, for people to look at. */
class StuckSteps extends Context.Tag("api/fulfilment/StuckSteps")<StuckSteps, StuckSteps.Shape>() {
  static readonly layer = Layer.effect(
    StuckSteps,
    Effect.gen(function* () {
      const timelines = yield* SagaTimeline
      const repo = yield* StuckStepRepo
      const database = yield* Database
      const engine = yield* WorkflowEngine.WorkflowEngine

      const found = Effect.gen(function* () {
        const stuck = yield* timelines.stuck(FulfilOrder.name, SagaPause.stuckFrom)
        const orders = yield* repo.numbers(Arr.dedupe(stuck.map(({ key }) => _subject(key).id)))
        return stuck.flatMap((row) => {
          const subject = _subject(row.key)
          return orders
            .filter(({ id }) => id === subject.id)
            .map(({ id, number }) => ({ subject, step: _model(row, id, number) }))
        })
      }).pipe(database.transaction)

      const retry: StuckSteps.Shape["retry"] = Effect.fn("StuckSteps.retry")(function* (place) {
        yield* Policy.require("operate")
        const { subject } = yield* Arr.findFirst(yield* found, ({ step }) => _isAt(step, place)).pipe(
          Effect.mapError(() => StuckStep.NotFound.make({}))
        )
        const actor = yield* Tenancy.Current
        yield* Saga.wake(FulfilOrder, { actor, subject }, place).pipe(
          Effect.provideService(WorkflowEngine.WorkflowEngine, engine)
        )
      })

      return StuckSteps.of({
        list: Effect.map(
          found,
          Arr.map(({ step }) => step)
        ),
        retry
      })
    })
  ).pipe(Layer.provide(StuckStepRepo.layer))
}

/** The reverse of `Saga.key`. */
const _subject = (key: string): Saga.Subject => {
  const [id = "", run = ""] = key.split("/")
  return { id, run: Number(run) }
}

const _model = (row: SagaTimeline.Stuck, orderId: StuckStepRepo.Numbered["id"], number: string) =>
  StuckStep.Model.make({
    ...row,
    orderId,
    number,
    step: row.name,
    since: DateTime.unsafeMake(row.since)
  })

const _isAt = (step: StuckStep.Model, place: StuckStep.Place): boolean =>
  step.orderId === place.orderId &&
  step.step === place.step &&
  step.direction === place.direction &&
  step.attempt === place.attempt

export { StuckSteps }
