import { WorkflowEngine } from "@effect/workflow"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { Saga } from "@tessera/infra/workflows/saga"
import { SagaPause } from "@tessera/infra/workflows/saga-pause"
import { SagaTimeline } from "@tessera/infra/workflows/saga-timeline"
import { type Access } from "@tessera/shared/access/access"
import { StuckStep } from "@tessera/shared/stuck-step/stuck-step"
import { Array as Arr, Context, DateTime, Effect, Layer, Order } from "effect"
import { Policy } from "../../../access/policy.ts"
import { FulfilOrder } from "../fulfil-order.ts"
import { RefundOrder } from "../refund/refund-order.ts"
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

const _sagas = [FulfilOrder, RefundOrder] as const
const _most = 100

/** As the database writes it, so that microseconds count. */
const _byTime = Order.mapInput(Order.string, ({ since }: { readonly since: string }) => since)

/** Steps of orders and of their refunds that fail again and again, for people to look at. */
class StuckSteps extends Context.Tag("api/fulfilment/StuckSteps")<StuckSteps, StuckSteps.Shape>() {
  static readonly layer = Layer.effect(
    StuckSteps,
    Effect.gen(function* () {
      const timelines = yield* SagaTimeline
      const repo = yield* StuckStepRepo
      const database = yield* Database
      const engine = yield* WorkflowEngine.WorkflowEngine

      const found = Effect.gen(function* () {
        const rows = yield* Effect.forEach(_sagas, (saga) =>
          Effect.map(timelines.stuck(saga.name, SagaPause.stuckFrom), (stuck) =>
            stuck.map((row) => ({ saga, row, subject: _subject(row.key) }))
          )
        )
        const stuck = rows.flat()
        const orders = yield* repo.numbers(Arr.dedupe(stuck.map(({ subject }) => subject.id)))
        const steps = stuck.flatMap(({ row, saga, subject }) =>
          orders
            .filter(({ subjectId }) => subjectId === subject.id)
            .map((order) => ({ saga, subject, step: _model(row, order), since: row.since }))
        )
        return Arr.take(Arr.sort(steps, _byTime), _most)
      }).pipe(database.transaction)

      const retry: StuckSteps.Shape["retry"] = Effect.fn("StuckSteps.retry")(function* (place) {
        yield* Policy.require("operate")
        const actor = yield* Tenancy.Current
        const there = (yield* found).filter(({ step }) => _isAt(step, place))
        yield* Effect.when(StuckStep.NotFound.make({}), () => there.length === 0)
        // Two refunds of one order can be stuck at one place; then both are tried.
        yield* Effect.forEach(there, ({ saga, subject }) => Saga.wake(saga, { actor, subject }, place), {
          discard: true
        }).pipe(Effect.provideService(WorkflowEngine.WorkflowEngine, engine))
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

const _model = (row: SagaTimeline.Stuck, { id, number }: StuckStepRepo.Numbered) =>
  StuckStep.Model.make({
    ...row,
    orderId: id,
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
