import { Schema } from "effect"

const _PaymentStatus = Schema.Literal("authorised", "captured", "voided", "partially_refunded", "refunded")
const _Kind = Schema.Literal("authorise", "capture", "void", "refund", "void-by-key", "book", "cancel")

const _Authorisation = Schema.Struct({
  id: Schema.String,
  /** The idempotency key it was created under; `void-by-key` finds it by this. */
  key: Schema.String,
  /** Opaque to the provider: `<tenantId>/<orderId>/<run>`. */
  reference: Schema.String,
  amountMinor: Schema.Int,
  currency: Schema.String,
  status: _PaymentStatus,
  /** Lines that are older than partial refunds do not have it. */
  refundedMinor: Schema.optionalWith(Schema.Int, { default: () => 0 }),
  createdAt: Schema.String,
  updatedAt: Schema.String
})

const _Shipment = Schema.Struct({
  id: Schema.String,
  key: Schema.String,
  reference: Schema.String,
  postcode: Schema.String,
  trackingCode: Schema.String,
  status: Schema.Literal("booked", "cancelled"),
  createdAt: Schema.String,
  updatedAt: Schema.String
})

const _Answer = Schema.Struct({
  status: Schema.Int,
  body: Schema.Record({ key: Schema.String, value: Schema.Union(Schema.String, Schema.Number) })
})

/** The rows as they stand after the call: applying one twice changes nothing. */
const _Change = Schema.Struct({
  authorisations: Schema.Array(_Authorisation),
  shipments: Schema.Array(_Shipment),
  burnedKeys: Schema.Array(Schema.String)
})

const _Model = Schema.Struct({
  key: Schema.String,
  kind: _Kind,
  /** ISO 8601, UTC. */
  at: Schema.String,
  bodyHash: Schema.String,
  answer: _Answer,
  change: _Change
})

/** One line of the ledger file: a call, its stored answer and what it changed; a refusal changes nothing. */
const LedgerEntry = { Model: _Model, Line: Schema.parseJson(_Model) } as const

declare namespace LedgerEntry {
  type Kind = typeof _Kind.Type
  type PaymentStatus = typeof _PaymentStatus.Type
  type Authorisation = typeof _Authorisation.Type
  type Shipment = typeof _Shipment.Type
  type Answer = typeof _Answer.Type
  type Change = typeof _Change.Type
  type Model = typeof _Model.Type
}

export { LedgerEntry }
