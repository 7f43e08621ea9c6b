import { createHash } from "node:crypto"
import { Identifier } from "@tessera/infra/context/identifier"
import { EventBus } from "@tessera/infra/events/event-bus"
import { JobService } from "@tessera/infra/jobs/job-service"
import { type Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { Saga } from "@tessera/infra/workflows/saga"
import { SagaTimeline } from "@tessera/infra/workflows/saga-timeline"
import { type Access } from "@tessera/shared/access/access"
import { Money } from "@tessera/shared/money"
import { Order } from "@tessera/shared/order/order"
import { OrderEvent } from "@tessera/shared/order/order-event"
import { Context, DateTime, Effect, Encoding, Layer, Option } from "effect"
import { Policy } from "../../access/policy.ts"
import { FulfilOrder } from "./fulfil-order.ts"
import { FulfilOrderJob } from "./fulfil-order-job.ts"
import { OrderLinesRepo } from "./order-lines-repo.ts"
import { OrderRepo } from "./order-repo.ts"

declare namespace Orders {
  type Query = Omit<OrderRepo.Query, "limit"> & { readonly limit: number }
  type Shape = {
    readonly list: (query: Orders.Query) => Effect.Effect<Order.Page, never, Tenancy.Current>
    readonly byId: (id: Order.Id) => Effect.Effect<Order.Model, Order.NotFound, Tenancy.Current>
    readonly timeline: (
      id: Order.Id
    ) => Effect.Effect<ReadonlyArray<Order.Step>, Order.NotFound, Tenancy.Current>
    /** Once per key: a repetition answers the same order, whatever became of it since. */
    readonly place: (
      order: Order.Place,
      idempotencyKey: string
    ) => Effect.Effect<
      Order.Model,
      Order.UnknownSku | Order.KeyReused | Access.Denied,
      Tenancy.Current
    >
    /** A wish, kept in the row: the saga undoes what was done before its next step. */
    readonly cancel: (
      id: Order.Id
    ) => Effect.Effect<
      Order.Model,
      Order.NotFound | Order.InvalidTransition | Access.Denied,
      Tenancy.Current
    >
  }
}

/** What the business can do with an order. Every handler (HTTP, RPC, job) goes through here. */
class Orders extends Context.Tag("api/order/Orders")<Orders, Orders.Shape>() {
  static readonly layer = Layer.effect(
    Orders,
    Effect.gen(function* () {
      const repo = yield* OrderRepo
      const catalogue = yield* OrderLinesRepo
      const events = yield* EventBus
      const jobs = yield* JobService
      const database = yield* Database
      const timelines = yield* SagaTimeline

      const list = Effect.fn("Orders.list")(function* (query: Orders.Query) {
        const rows = yield* database.transaction(repo.list({ ...query, limit: query.limit + 1 }))
        const items = rows.slice(0, query.limit)
        const more = rows.length > query.limit ? items.at(-1) : undefined
        return {
          items: items.map((row) => Order.Summary.make(row)),
          nextCursor: more === undefined ? null : Encoding.encodeBase64Url(more.cursor)
        }
      })

      const byId = Effect.fn("Orders.byId")(function* (id: Order.Id) {
        return yield* database.transaction(repo.byId(id))
      })

      const timeline = Effect.fn("Orders.timeline")(function* (id: Order.Id) {
        const order = yield* byId(id)
        const entries = yield* timelines.of(FulfilOrder.name, Saga.key({ id, run: order.run }))
        return entries.map((entry) =>
          Order.Step.make({
            ...entry,
            startedAt: DateTime.unsafeMake(entry.startedAt),
            endedAt: Option.getOrNull(
              Option.map(Option.fromNullable(entry.endedAt), (at) => DateTime.unsafeMake(at))
            )
          })
        )
      })

      /** The order that was placed under the key before, when the request was the same. */
      const known = (keyed: OrderRepo.Keyed, requestHash: string) =>
        Effect.filterOrFail(
          Effect.succeed(keyed.id),
          () => keyed.requestHash === requestHash,
          () => Order.KeyReused.make({})
        )

      const write = (order: Order.Place, idempotencyKey: string, requestHash: string) =>
        Effect.gen(function* () {
          const lines = yield* catalogue.priced(order.lines)
          const id = Order.Id.make(yield* Identifier.uuid)
          const currency = lines[0]?.currency ?? "EUR"
          const totalMinor = lines.reduce((sum, line) => sum + line.quantity * line.unitPriceMinor, 0)
          const number = yield* repo.nextNumber
          const customerId = yield* repo.customerFor(order.customerReference ?? "guest")
          const { paymentToken, postcode } = order
          const draft = { id, number, customerId, totalMinor, currency, paymentToken, postcode }
          const written = yield* repo.insert({
            ...draft,
            idempotencyKey,
            requestHash,
            lines: lines.map(({ currency: _, ...line }) => line)
          })
          const payload = OrderEvent.Placed.make({
            orderId: id,
            number,
            totalMinor: Money.AmountMinor.make(totalMinor),
            currency: Money.Currency.make(currency)
          })
          const placed = EventBus.emission(OrderEvent.Placed, payload, { aggregateId: id, version: 1 })
          yield* Effect.when(
            Effect.zipRight(events.emit(placed), jobs.submit(FulfilOrderJob, { orderId: id, run: 1 })),
            () => written
          )
          return written ? Option.some(id) : Option.none()
        })

      const place: Orders.Shape["place"] = Effect.fn("Orders.place")(function* (order, idempotencyKey) {
        yield* Policy.require("operate")
        const requestHash = createHash("sha256").update(JSON.stringify(order)).digest("hex")
        return yield* database.transaction(
          Effect.gen(function* () {
            const before = yield* repo.byKey(idempotencyKey)
            const mine = yield* Option.isSome(before)
              ? Effect.succeedNone
              : write(order, idempotencyKey, requestHash)
            const taken = Option.isSome(mine) ? Option.none() : yield* repo.byKey(idempotencyKey)
            const id = yield* Option.match(taken, {
              onNone: () => Effect.orDie(mine),
              onSome: (keyed) => known(keyed, requestHash)
            })
            return yield* Effect.orDie(repo.byId(id))
          })
        )
      })

      const cancel: Orders.Shape["cancel"] = Effect.fn("Orders.cancel")(function* (id) {
        yield* Policy.require("operate")
        return yield* database.transaction(
          Effect.gen(function* () {
            const requested = yield* repo.requestCancel(id)
            const order = yield* repo.byId(id)
            yield* Effect.unless(
              Order.InvalidTransition.make({ id, from: order.status, to: "cancelling" }),
              () => requested
            )
            return order
          })
        )
      })

      return Orders.of({ list, byId, timeline, place, cancel })
    })
  )
}

export { Orders }
