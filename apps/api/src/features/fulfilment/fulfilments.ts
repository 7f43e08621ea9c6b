import { JobService } from "@tessera/infra/jobs/job-service"
import { MachineStore } from "@tessera/infra/machines/machine-store"
import { type Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { Saga } from "@tessera/infra/workflows/saga"
import { SagaTimeline } from "@tessera/infra/workflows/saga-timeline"
import { Order } from "@tessera/shared/order/order"
import { OrderHistory } from "@tessera/shared/order/order-history"
import { Parcels } from "@tessera/shared/shipment/parcels"
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
          { machine: "refund" as const, keys: all.map(({ id }) => id) }
        ])

      const entriesOf = ({ keys, machine }: _Things) =>
        Effect.map(machines.history({ name: machine }, keys), (entries) =>
          entries.map((entry) => ({ ...entry, machine }))
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
            Effect.map((entries) => Arr.sort(entries.flat(), _byTime).map(_entryOf(order)))
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

type _Things = Pick<OrderHistory.Entry, "machine"> & { readonly keys: ReadonlyArray<string> }

/** Nobody counts the parcels of earlier runs: what was never booked has no history. */
const _things = ({ id, run }: Fulfilments.Run): ReadonlyArray<_Things> => {
  const keys = Arr.range(1, run).map((each) => `${id}/${each}`)
  const further = keys.flatMap((key) => Arr.range(2, Parcels.most).map((parcel) => `${key}/${parcel}`))
  return [
    { machine: "order", keys: [id] },
    { machine: "payment", keys },
    { machine: "shipment", keys: [...keys, ...further] },
    { machine: "approval", keys }
  ]
}

/**
 * Of a thing's key: `<order>`, `<order>/<run>`, or `<order>/<run>/<parcel>` from the second parcel on. Only
 * an order that has ended well is refunded, so its refunds belong to the last run.
 */
const _place = ({ key, machine }: MachineStore.Entry & Omit<_Things, "keys">, last: number) => {
  const [, run, parcel = "1"] = key.split("/")
  const whole = machine === "refund" ? last : null
  return {
    run: run === undefined ? whole : Number(run),
    parcel: machine === "shipment" ? Number(parcel) : null
  }
}

/** As the database writes it, so that microseconds count. */
const _byTime = Sort.mapInput(Sort.string, ({ at }: { readonly at: string }) => at)

const _entryOf =
  ({ run }: Fulfilments.Run) =>
  (entry: MachineStore.Entry & Omit<_Things, "keys">): OrderHistory.Entry =>
    OrderHistory.Entry.make({ ...entry, ..._place(entry, run), at: DateTime.unsafeMake(entry.at) })

const _step = (entry: SagaTimeline.Entry, run: number): Order.Step =>
  Order.Step.make({
    ...entry,
    run,
    startedAt: DateTime.unsafeMake(entry.startedAt),
    endedAt: Option.getOrNull(Option.map(Option.fromNullable(entry.endedAt), (at) => DateTime.unsafeMake(at)))
  })

export { Fulfilments }
