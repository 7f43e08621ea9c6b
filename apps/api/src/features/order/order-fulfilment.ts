import { type Tenancy } from "@tessera/infra/tenancy"
import { type Order } from "@tessera/shared/order/order"
import { type OrderHistory } from "@tessera/shared/order/order-history"
import { type OrderRetry } from "@tessera/shared/order/order-retry"
import { Context, type Effect } from "effect"

declare namespace OrderFulfilment {
  type Run = { readonly id: Order.Id; readonly run: number }
  type Shape = {
    /** In the caller's transaction: history and fulfilment begin if and only if it commits. */
    readonly start: (
      orders: ReadonlyArray<OrderFulfilment.Run>
    ) => Effect.Effect<void, never, Tenancy.Current>
    /**
     * In the caller's transaction: a cancelled order is placed again, and its fulfilment begins anew. False
     * when it is not cancelled.
     */
    readonly retry: (
      id: Order.Id,
      changes: OrderRetry.Request
    ) => Effect.Effect<boolean, never, Tenancy.Current>
    /** Of the order, its refunds, and the payments, shipments and approvals of all its runs; oldest first. */
    readonly history: (
      order: OrderFulfilment.Run
    ) => Effect.Effect<ReadonlyArray<OrderHistory.Entry>, never, Tenancy.Current>
    /** Of all runs up to this one, the first run first. */
    readonly timeline: (
      order: OrderFulfilment.Run
    ) => Effect.Effect<ReadonlyArray<Order.Step>, never, Tenancy.Current>
  }
}

/** Port: who sees an order to its end. Bound in `wiring/`. */
class OrderFulfilment extends Context.Tag("api/order/OrderFulfilment")<
  OrderFulfilment,
  OrderFulfilment.Shape
>() {}

export { OrderFulfilment }
