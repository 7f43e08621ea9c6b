import { Schema } from "effect"
import { Money } from "../money.ts"
import { Order } from "./order.ts"

const _Verdict = Schema.Literal("approved", "rejected", "expired")

const _common = {
  orderId: Order.Id,
  number: Schema.String,
  totalMinor: Money.AmountMinor,
  currency: Money.Currency
}

const _Placed = Schema.TaggedStruct("order.placed", _common)
/** The saga took one step: `from` and `to` are neighbours in the life cycle. */
const _Advanced = Schema.TaggedStruct("order.advanced", { ..._common, from: Order.Status, to: Order.Status })
const _Fulfilled = Schema.TaggedStruct("order.fulfilled", _common)
const _Cancelled = Schema.TaggedStruct("order.cancelled", { ..._common, reason: Schema.String })
/** A refund was paid: `amountMinor` by this one, `refundedMinor` by all so far. */
const _Refunded = Schema.TaggedStruct("order.refunded", {
  ..._common,
  amountMinor: Money.AmountMinor,
  refundedMinor: Money.AmountMinor
})
/** It is placed once more, at its old prices; `run` counts from 2. */
const _Retried = Schema.TaggedStruct("order.retried", { ..._common, run: Schema.Int })
/** From now on it waits for a person; until `dueAt`, then it is undone. */
const _ApprovalRequested = Schema.TaggedStruct("order.approval_requested", {
  ..._common,
  run: Schema.Int,
  dueAt: Schema.DateTimeUtc
})
const _ApprovalDecided = Schema.TaggedStruct("order.approval_decided", {
  ..._common,
  run: Schema.Int,
  verdict: _Verdict,
  /** The address of a member, or the name of a key; null where nobody decided in time. */
  by: Schema.NullOr(Schema.String)
})

/** Facts about orders, past tense; add optional fields, never rename a published tag. */
const OrderEvent = {
  Placed: _Placed,
  Advanced: _Advanced,
  Fulfilled: _Fulfilled,
  Cancelled: _Cancelled,
  Retried: _Retried,
  ApprovalRequested: _ApprovalRequested,
  ApprovalDecided: _ApprovalDecided,
  Refunded: _Refunded
} as const

declare namespace OrderEvent {
  type Placed = typeof _Placed.Type
  type Advanced = typeof _Advanced.Type
  type Fulfilled = typeof _Fulfilled.Type
  type Cancelled = typeof _Cancelled.Type
  type Retried = typeof _Retried.Type
  type ApprovalRequested = typeof _ApprovalRequested.Type
  type ApprovalDecided = typeof _ApprovalDecided.Type
  type Refunded = typeof _Refunded.Type
}

export { OrderEvent }
