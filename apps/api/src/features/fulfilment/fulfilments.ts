import { JobService } from "@tessera/infra/jobs/job-service"
import { MachineStore } from "@tessera/infra/machines/machine-store"
import { type Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { Saga } from "@tessera/infra/workflows/saga"
import { SagaTimeline } from "@tessera/infra/workflows/saga-timeline"
import { Order } from "@tessera/shared/order/order"
import { OrderHistory } from "@tessera/shared/order/order-history"
import { Array as Arr, Context, DateTime, Effect, Layer, Option, Order as Sort } from "effect"
import { FulfilOrder } from "./fulfil-order.ts"
import { FulfilOrderJob } from "./fulfil-order-job.ts"
import { FulfilmentMachines } from "./fulfilment-machines.ts"
import { RefundRepo } from "./refund/refund-repo.ts"

declare namespace Fulfilments {
  type Run = { readonly id: Order.Id; readonly run: number }
  type Shape = {
    /** In the caller's transaction: histories begin and sagas start if and only if it commits. */
    readonly start: (orders: ReadonlyArray<Fulfilments.Run>) => Effect.Effect<void, never, Tenancy.Current>
    /**
     * Of the order, its refunds, and of payments, shipments and approvals of its runs up to this one; oldest
     * first.
     */
    readonly history: (
      order: Fulfilments.Run
    ) => Effect.Effect<ReadonlyArray<OrderHistory.Entry>, never, Tenancy.Current>
    /** Of all its runs up to this one, the first run first. */
    readonly timeline: (
      order: Fulfilments.Run
    ) => Effect.Effect<ReadonlyArray<Order.Step>, never, Tenancy.Current>
  }
}

/** Starts the sagas of orders, many through one bounded queue, and shows what they did. */
class Fulfilments extends Context.Tag("api/fulfilment/Fulfilments")<Fulfilments, Fulfilments.Shape>() {
  static readonly layer = Layer.effect(
    Fulfilments,
    Effect.gen(function* () {
      const jobs = yield* JobService
      const machines = yield* MachineStore
      const timelines = yield* SagaTimeline
      const database = yield* Database
      const refunds = yield* RefundRepo

      const things = (order: Fulfilments.Run) =>
        Effect.map(refunds.list(order.id), (all) => [
          ..._things(order),
          // Only an order that has ended well is refunded, so all belong to its last run.
          ...all.map(({ id }) => ({ machine: "refund" as const, run: order.run, key: id }))
        ])

      const entriesOf = (of: _Thing) =>
        Effect.map(machines.history({ name: of.machine }, of.key), (entries) =>
          entries.map((entry) => ({ ...entry, ...of }))
        )

      return Fulfilments.of({
        start: (orders) =>
          machines
            .born(
              FulfilmentMachines.order,
              orders.map(({ id }) => id)
            )
            .pipe(
              Effect.zipRight(
                jobs.submit(
                  FulfilOrderJob,
                  orders.map(({ id, run }) => ({ orderId: id, run }))
                )
              ),
              Effect.unless(() => orders.length === 0),
              // A full queue takes nothing of what belongs to the order; the edge says when to come back.
              Effect.orDie,
              Effect.asVoid
            ),
        history: (order) =>
          Effect.flatMap(things(order), Effect.forEach(entriesOf)).pipe(
            database.transaction,
            Effect.map((entries) => Arr.sort(entries.flat(), _byTime).map(_entry))
          ),
        timeline: ({ id, run }) =>
          Effect.forEach(Arr.range(1, run), (each) =>
            Effect.map(timelines.of(FulfilOrder.name, Saga.key({ id, run: each })), (entries) =>
              entries.map((entry) => _step(entry, each))
            )
          ).pipe(database.transaction, Effect.map(Arr.flatten))
      })
    })
  ).pipe(Layer.provide(RefundRepo.layer))
}

type _Thing = Pick<OrderHistory.Entry, "machine" | "run"> & { readonly key: string }

const _ofRuns = ["payment", "shipment", "approval"] as const

const _things = ({ id, run }: Fulfilments.Run): ReadonlyArray<_Thing> => [
  { machine: "order", run: null, key: id },
  ...Arr.range(1, run).flatMap((each) =>
    _ofRuns.map((machine) => ({ machine, run: each, key: `${id}/${each}` }))
  )
]

/** As the database writes it, so that microseconds count. */
const _byTime = Sort.mapInput(Sort.string, ({ at }: { readonly at: string }) => at)

const _entry = (entry: MachineStore.Entry & _Thing): OrderHistory.Entry =>
  OrderHistory.Entry.make({ ...entry, at: DateTime.unsafeMake(entry.at) })

const _step = (entry: SagaTimeline.Entry, run: number): Order.Step =>
  Order.Step.make({
    ...entry,
    run,
    startedAt: DateTime.unsafeMake(entry.startedAt),
    endedAt: Option.getOrNull(Option.map(Option.fromNullable(entry.endedAt), (at) => DateTime.unsafeMake(at)))
  })

export { Fulfilments }
