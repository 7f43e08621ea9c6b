import { type Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { type Access } from "@tessera/shared/access/access"
import { type Approval } from "@tessera/shared/approval/approval"
import { Order } from "@tessera/shared/order/order"
import { type OrderHistory } from "@tessera/shared/order/order-history"
import { type OrderRetry } from "@tessera/shared/order/order-retry"
import { Context, Effect, Encoding, Layer } from "effect"
import { Policy } from "../../access/policy.ts"
import { OrderApprovals } from "./order-approvals.ts"
import { OrderFulfilment } from "./order-fulfilment.ts"
import { OrderPlacement } from "./order-placement.ts"
import { OrderRepo } from "./order-repo.ts"

declare namespace Orders {
  type Query = Omit<OrderRepo.Query, "limit"> & { readonly limit: number }
  type Shape = {
    readonly list: (query: Orders.Query) => Effect.Effect<Order.Page, never, Tenancy.Current>
    readonly byId: (id: Order.Id) => Effect.Effect<Order.Model, Order.NotFound, Tenancy.Current>
    readonly timeline: (
      id: Order.Id
    ) => Effect.Effect<ReadonlyArray<Order.Step>, Order.NotFound, Tenancy.Current>
    readonly history: (
      id: Order.Id
    ) => Effect.Effect<ReadonlyArray<OrderHistory.Entry>, Order.NotFound, Tenancy.Current>
    /** Once per key: a repetition answers the same order, whatever became of it since. */
    readonly place: (
      order: Order.Place,
      idempotencyKey: string
    ) => Effect.Effect<Order.Model, OrderPlacement.Refusal | Access.Denied, Tenancy.Current>
    /** A wish, kept in the row: the saga undoes what was done before its next step. */
    readonly cancel: (
      id: Order.Id
    ) => Effect.Effect<Order.Model, Order.NotFound | Order.InvalidTransition | Access.Denied, Tenancy.Current>
    /** Once more, as its next run and at its old prices; its history keeps what came of the runs before. */
    readonly retry: (
      id: Order.Id,
      changes: OrderRetry.Request
    ) => Effect.Effect<Order.Model, Order.NotFound | Order.InvalidTransition | Access.Denied, Tenancy.Current>
    /** Final: lets the order's saga go on, or has it undo what it has done. */
    readonly decide: (
      id: Order.Id,
      verdict: Approval.Verdict,
      note: string | null
    ) => Effect.Effect<
      Order.Model,
      Order.NotFound | Order.NotAwaitingApproval | Access.Denied,
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
      const placement = yield* OrderPlacement
      const fulfilment = yield* OrderFulfilment
      const approvals = yield* OrderApprovals
      const database = yield* Database

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
        return yield* fulfilment.timeline(yield* byId(id))
      })

      const history = Effect.fn("Orders.history")(function* (id: Order.Id) {
        return yield* fulfilment.history(yield* byId(id))
      })

      const place: Orders.Shape["place"] = Effect.fn("Orders.place")(function* (order, idempotencyKey) {
        yield* Policy.require("operate")
        return yield* placement.once(order, idempotencyKey, (id) => Effect.orDie(repo.byId(id)))
      })

      /** The order after what was asked of it, which is refused where it was not done. */
      const asked = <R>(id: Order.Id, to: Order.Status, ask: Effect.Effect<boolean, never, R>) =>
        Effect.gen(function* () {
          const isDone = yield* ask
          const order = yield* repo.byId(id)
          yield* Effect.unless(Order.InvalidTransition.make({ id, from: order.status, to }), () => isDone)
          return order
        })

      const cancel: Orders.Shape["cancel"] = Effect.fn("Orders.cancel")(function* (id) {
        yield* Policy.require("operate")
        const wake = (order: Order.Model) =>
          Effect.when(approvals.wake(order), () => order.approval === "pending")
        return yield* database.transaction(Effect.tap(asked(id, "cancelling", repo.requestCancel(id)), wake))
      })

      const retry: Orders.Shape["retry"] = Effect.fn("Orders.retry")(function* (id, changes) {
        yield* Policy.require("operate")
        return yield* database.transaction(asked(id, "placed", fulfilment.retry(id, changes)))
      })

      const decide: Orders.Shape["decide"] = Effect.fn("Orders.decide")(function* (id, verdict, note) {
        yield* Policy.require("manage")
        return yield* database.transaction(
          Effect.gen(function* () {
            yield* approvals.decide(yield* repo.byId(id), verdict, note)
            return yield* repo.byId(id)
          })
        )
      })

      return Orders.of({ list, byId, timeline, history, place, cancel, retry, decide })
    })
  ).pipe(Layer.provide(OrderPlacement.layer), Layer.provide(OrderRepo.layer))
}

export { Orders }
