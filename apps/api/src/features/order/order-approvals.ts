import { type Tenancy } from "@tessera/infra/tenancy"
import { type Approval } from "@tessera/shared/approval/approval"
import { type Order } from "@tessera/shared/order/order"
import { Context, type Effect } from "effect"

declare namespace OrderApprovals {
  type Run = { readonly id: Order.Id; readonly run: number }
  type Shape = {
    /** In the caller's transaction, in the name of the current actor; of several who decide one does. */
    readonly decide: (
      order: OrderApprovals.Run,
      verdict: Approval.Verdict,
      note: string | null
    ) => Effect.Effect<void, Order.NotAwaitingApproval, Tenancy.Current>
    /** Ends the wait undecided, in the caller's transaction: the order shall be cancelled. */
    readonly wake: (order: OrderApprovals.Run) => Effect.Effect<void, never, Tenancy.Current>
  }
}

/** Port: who holds orders back until somebody approves them. Bound in `wiring/`. */
class OrderApprovals extends Context.Tag("api/order/OrderApprovals")<
  OrderApprovals,
  OrderApprovals.Shape
>() {}

export { OrderApprovals }
