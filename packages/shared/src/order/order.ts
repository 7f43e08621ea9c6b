import { Match, Schema } from "effect"
import { Approval } from "../approval/approval.ts"
import { Customer } from "../customer/customer.ts"
import { Money } from "../money.ts"
import { Page } from "../page.ts"
import { Problem } from "../problem.ts"
import { Product } from "../product/product.ts"
import { Reservation } from "../reservation/reservation.ts"
import { Shipment } from "../shipment/shipment.ts"
import { OrderStep } from "./order-step.ts"

const _Id = Schema.UUID.pipe(Schema.brand("OrderId"))

const _Status = Schema.Literal(
  "placed",
  "reserved",
  "authorised",
  "captured",
  "booked",
  "fulfilled",
  "cancelling",
  "cancelled"
)

/** `open` is every order that has not ended. */
const _Filter = Schema.Union(_Status, Schema.Literal("open"))

const _Units = Schema.Int.pipe(Schema.between(1, 100_000))

/** A line keeps the price of the moment the order was placed. */
class _Line extends Schema.Class<_Line>("Order.Line")({
  productId: Product.Id,
  sku: Product.Sku,
  name: Schema.String,
  quantity: _Units,
  unitPriceMinor: Money.AmountMinor
}) {}

class _Summary extends Schema.Class<_Summary>("Order.Summary")({
  id: _Id,
  /** Per-tenant and human, as printed on an invoice: `1001`, or the number that a file brought. */
  number: Schema.String,
  status: _Status,
  customer: Schema.Struct({ id: Customer.Id, name: Schema.String }),
  totalMinor: Money.AmountMinor,
  /** Paid back after it was fulfilled; at most the total. */
  refundedMinor: Schema.optionalWith(Money.AmountMinor, { default: () => Money.AmountMinor.make(0) }),
  currency: Money.Currency,
  lineCount: Schema.Int,
  placedAt: Schema.DateTimeUtc,
  /** Why the order was cancelled; null while it is not. */
  reason: Schema.NullOr(Schema.String),
  /** Of the present run; null when it needs none, or has not come so far. */
  approval: Schema.NullOr(Approval.Status)
}) {}

class _Model extends _Summary.extend<_Model>("Order")({
  lines: Schema.Array(_Line),
  postcode: Schema.String,
  paymentToken: Schema.String,
  trackingCode: Schema.NullOr(Schema.String),
  /** What the present run ships, from 1; empty until it has come so far. */
  parcels: Schema.optionalWith(Schema.Array(Shipment.Parcel), { default: () => [] }),
  /** Until then somebody can approve it; null where `approval` is. */
  approvalDueAt: Schema.NullOr(Schema.DateTimeUtc),
  /** Who has approved or rejected it: the address of a member, or the name of a key. */
  approvalBy: Schema.NullOr(Schema.String),
  /** When that was; also when nobody decided in time. */
  approvalAt: Schema.optionalWith(Schema.NullOr(Schema.DateTimeUtc), { default: () => null }),
  /** The attempt of the saga; a resumed or forked order counts up. */
  run: Schema.Int,
  version: Schema.Int
}) {}

class _Place extends Schema.Class<_Place>("Order.Place")({
  /** The tenant's reference of the customer; a guest when absent. */
  customerReference: Schema.optional(Schema.NonEmptyTrimmedString.pipe(Schema.maxLength(100))),
  lines: Schema.NonEmptyArray(Schema.Struct({ sku: Product.Sku, quantity: _Units })).pipe(
    Schema.maxItems(200)
  ),
  /**
   * Of the payment provider. Sandbox tokens: `tok_ok`, `tok_declined`, `tok_insufficient_funds`,
   * `tok_timeout`, `tok_flaky_<percent>`; Stripe knows `pm_…`.
   */
  paymentToken: Schema.String.pipe(Schema.pattern(/^(tok|pm)_[A-Za-z0-9_]{1,40}$/)),
  /** `00000` is refused by the sandbox's carrier, `99999` is slow. */
  postcode: Schema.String.pipe(Schema.pattern(/^[A-Za-z0-9 -]{3,10}$/)),
  /** Takes over what is held for it: the same units of the same SKUs. */
  reservationId: Schema.optional(Reservation.Id)
}) {}

class _NotFound extends Schema.TaggedError<_NotFound>()(
  "Order.NotFound",
  { ...Problem.fields("Order.NotFound", 404, "No such order"), id: Schema.String },
  Problem.annotations(404)
) {}

class _UnknownSku extends Schema.TaggedError<_UnknownSku>()(
  "Order.UnknownSku",
  { ...Problem.fields("Order.UnknownSku", 422, "The catalogue has no such SKU"), sku: Schema.String },
  Problem.annotations(422)
) {}

/** The key was used for another body before; a retry must repeat the same request. */
class _KeyReused extends Schema.TaggedError<_KeyReused>()(
  "Order.KeyReused",
  Problem.fields("Order.KeyReused", 422, "This Idempotency-Key was used for another request"),
  Problem.annotations(422)
) {}

/** Of as many units as the tenant puts into one. */
class _TooManyParcels extends Schema.TaggedError<_TooManyParcels>()(
  "Order.TooManyParcels",
  {
    ...Problem.fields("Order.TooManyParcels", 422, "The order would need too many parcels"),
    parcels: Schema.Int,
    most: Schema.Int
  },
  Problem.annotations(422)
) {}

class _InvalidTransition extends Schema.TaggedError<_InvalidTransition>()(
  "Order.InvalidTransition",
  {
    ...Problem.fields("Order.InvalidTransition", 409, "The order cannot do this in its present state"),
    id: _Id,
    from: _Status,
    to: _Status
  },
  Problem.annotations(409)
) {}

/** It needs no approval, does not wait for it yet, or somebody was faster. */
class _NotAwaitingApproval extends Schema.TaggedError<_NotAwaitingApproval>()(
  "Order.NotAwaitingApproval",
  {
    ...Problem.fields("Order.NotAwaitingApproval", 409, "The order does not wait for approval"),
    id: _Id,
    approval: Schema.NullOr(Approval.Status)
  },
  Problem.annotations(409)
) {}

/**
 * The whole life cycle, as data: what moves an order on, by state. The store and the pages read it, too. What
 * leads back to the same state is told as an event, and counts in the version.
 */
const _transitions = {
  placed: { reserve: "reserved", undo: "cancelling" },
  reserved: { authorise: "authorised", undo: "cancelling" },
  authorised: {
    capture: "captured",
    ask: "authorised",
    approve: "authorised",
    reject: "authorised",
    expire: "authorised",
    undo: "cancelling"
  },
  captured: { book: "booked", undo: "cancelling" },
  booked: { confirm: "fulfilled", undo: "cancelling" },
  // It stays fulfilled however much is paid back: the move counts up its version.
  fulfilled: { refund: "fulfilled" },
  cancelling: { expire: "cancelling", undone: "cancelled" },
  cancelled: { retry: "placed" }
} as const satisfies Record<Order.Status, Readonly<Record<string, Order.Status>>>

const _next = (from: Order.Status): ReadonlyArray<Order.Status> => Object.values(_transitions[from])

const Order = {
  Id: _Id,
  Status: _Status,
  Filter: _Filter,
  Units: _Units,
  Line: _Line,
  Summary: _Summary,
  Model: _Model,
  Page: Page.of(_Summary),
  Step: OrderStep,
  Place: _Place,
  NotFound: _NotFound,
  UnknownSku: _UnknownSku,
  KeyReused: _KeyReused,
  TooManyParcels: _TooManyParcels,
  InvalidTransition: _InvalidTransition,
  NotAwaitingApproval: _NotAwaitingApproval,
  initial: "placed",
  transitions: _transitions,
  canBecome: (from: Order.Status, to: Order.Status): boolean => _next(from).includes(to),
  /** That nothing goes on by itself; somebody may still retry it or pay it back. */
  isFinal: (status: Order.Status): boolean => status === "fulfilled" || status === "cancelled",
  label: Match.type<Order.Status>().pipe(
    Match.when("placed", () => "Placed"),
    Match.when("reserved", () => "Stock reserved"),
    Match.when("authorised", () => "Payment authorised"),
    Match.when("captured", () => "Paid"),
    Match.when("booked", () => "Shipment booked"),
    Match.when("fulfilled", () => "Fulfilled"),
    Match.when("cancelling", () => "Being undone"),
    Match.when("cancelled", () => "Cancelled"),
    Match.exhaustive
  )
} as const

declare namespace Order {
  type Id = typeof _Id.Type
  type Status = typeof _Status.Type
  type Filter = typeof _Filter.Type
  /** What moves an order on: `reserve`, `undo`. */
  type Move = { [From in Order.Status]: keyof (typeof _transitions)[From] }[Order.Status]
  type Line = _Line
  type Summary = _Summary
  type Model = _Model
  type Page = typeof Order.Page.Type
  type Step = OrderStep
  type Place = _Place
  type NotFound = _NotFound
  type UnknownSku = _UnknownSku
  type KeyReused = _KeyReused
  type TooManyParcels = _TooManyParcels
  type InvalidTransition = _InvalidTransition
  type NotAwaitingApproval = _NotAwaitingApproval
}

export { Order }
