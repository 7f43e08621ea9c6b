import { Schema } from "effect"

/** One move of an order, or of a payment, a shipment, an approval or a refund of one of its runs. */
class _Entry extends Schema.Class<_Entry>("OrderHistory.Entry")({
  machine: Schema.Literal("order", "payment", "shipment", "approval", "refund"),
  /** The run of a payment, a shipment, an approval or a refund, from 1; null for the order itself. */
  run: Schema.NullOr(Schema.Int),
  /** Of a shipment, from 1; null for everything else. */
  parcel: Schema.optionalWith(Schema.NullOr(Schema.Int), { default: () => null }),
  /** Of the thing after the move, from 1. */
  version: Schema.Int,
  /** `born` for the first. */
  event: Schema.String,
  /** Null at birth. */
  from: Schema.NullOr(Schema.String),
  to: Schema.String,
  reason: Schema.NullOr(Schema.String),
  /** Name of the replica that made the move. */
  replica: Schema.String,
  at: Schema.DateTimeUtc
}) {}

/** What an order and all that belongs to it went through, oldest first. */
const OrderHistory = { Entry: _Entry } as const

declare namespace OrderHistory {
  type Entry = _Entry
}

export { OrderHistory }
