import { EventDefinition } from "@tessera/infra/events/event-definition"
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

/** What brought it to its end, for programs; `reason` says it in words. */
const _Cause = Schema.Literal("stock", "payment", "carrier", "approval", "request", "outage", "other")

const _Placed = EventDefinition.make("order.placed", _common, { description: "An order came in." })
const _Advanced = EventDefinition.make(
  "order.advanced",
  { ..._common, from: Order.Status, to: Order.Status },
  { description: "The saga took one step: `from` and `to` are neighbours in the life cycle." }
)
const _Fulfilled = EventDefinition.make("order.fulfilled", _common, {
  description: "Everything was shipped and paid."
})
const _Cancelled = EventDefinition.make(
  "order.cancelled",
  {
    ..._common,
    reason: Schema.String,
    // Absent on the wire from a replica of the release before.
    cause: Schema.optionalWith(_Cause, { default: () => "other" as const })
  },
  {
    description: "The order was undone; `cause` says what brought it there, `reason` the same in words.",
    // Version 1 had the words alone.
    upcasters: [(payload) => ({ ...payload, cause: _causeOf(String(payload.reason)) })]
  }
)
const _Refunded = EventDefinition.make(
  "order.refunded",
  { ..._common, amountMinor: Money.AmountMinor, refundedMinor: Money.AmountMinor },
  { description: "A refund was paid: `amountMinor` by this one, `refundedMinor` by all so far." }
)
const _Retried = EventDefinition.make(
  "order.retried",
  { ..._common, run: Schema.Int },
  { description: "It is placed once more, at its old prices; `run` counts from 2." }
)
const _ApprovalRequested = EventDefinition.make(
  "order.approval_requested",
  { ..._common, run: Schema.Int, dueAt: Schema.DateTimeUtc },
  { description: "From now on it waits for a person; until `dueAt`, then it is undone." }
)
const _ApprovalDecided = EventDefinition.make(
  "order.approval_decided",
  {
    ..._common,
    run: Schema.Int,
    verdict: _Verdict,
    /** The address of a member, or the name of a key; null where nobody decided in time. */
    by: Schema.NullOr(Schema.String)
  },
  { description: "It does not wait for a person any more; `by` is null where nobody decided in time." }
)

/** By how the reason begins; the first that fits is taken. */
const _causes: ReadonlyArray<readonly [begins: string, cause: typeof _Cause.Type]> = [
  ["out of stock", "stock"],
  ["payment: ", "payment"],
  ["capture: ", "payment"],
  ["carrier: ", "carrier"],
  ["approval: ", "approval"],
  // "on request", "by an operator"
  ["cancelled ", "request"]
]

const _causeOf = (reason: string): typeof _Cause.Type =>
  _causes.find(([begins]) => reason.startsWith(begins))?.[1] ??
  (reason.includes(": no answer after ") ? "outage" : "other")

/**
 * Facts about orders, past tense. A new optional field needs nothing; any other change is a new version with
 * an upcaster. Never rename a published type.
 */
const OrderEvent = {
  Placed: _Placed,
  Advanced: _Advanced,
  Fulfilled: _Fulfilled,
  Cancelled: _Cancelled,
  Retried: _Retried,
  ApprovalRequested: _ApprovalRequested,
  ApprovalDecided: _ApprovalDecided,
  Refunded: _Refunded,
  causeOf: _causeOf
} as const

declare namespace OrderEvent {
  type Placed = typeof _Placed.schema.Type
  type Advanced = typeof _Advanced.schema.Type
  type Fulfilled = typeof _Fulfilled.schema.Type
  type Cancelled = typeof _Cancelled.schema.Type
  type Retried = typeof _Retried.schema.Type
  type ApprovalRequested = typeof _ApprovalRequested.schema.Type
  type ApprovalDecided = typeof _ApprovalDecided.schema.Type
  type Refunded = typeof _Refunded.schema.Type
}

export { OrderEvent }
