import { Schema } from "effect"
import { Money } from "../money.ts"
import { Order } from "../order/order.ts"
import { Problem } from "../problem.ts"
import { Product } from "../product/product.ts"

const _Id = Schema.UUID.pipe(Schema.brand("RefundId"))

const _Status = Schema.Literal("requested", "paid", "refused")

/** The whole life cycle, as data. `refused`: the provider would not, for good; the money stays claimable. */
const _transitions = {
  requested: { pay: "paid", refuse: "refused" },
  paid: {},
  refused: {}
} as const satisfies Record<Refund.Status, Readonly<Record<string, Refund.Status>>>

/** Units that came back, and go on sale again once the money is paid back. */
const _Return = Schema.Struct({
  sku: Product.Sku,
  quantity: Schema.Int.pipe(Schema.between(1, 100_000))
})

class _Model extends Schema.Class<_Model>("Refund")({
  id: _Id,
  orderId: Order.Id,
  status: _Status,
  amountMinor: Money.AmountMinor,
  currency: Money.Currency,
  returns: Schema.Array(_Return),
  /** Why, in the words of whoever asked for it. */
  note: Schema.NullOr(Schema.String),
  /** The address of a member, or the name of a key. */
  requestedBy: Schema.String,
  requestedAt: Schema.DateTimeUtc,
  /** When it was paid or refused. */
  endedAt: Schema.NullOr(Schema.DateTimeUtc),
  /** Why the provider refused it; null while it has not. */
  failure: Schema.NullOr(Schema.String)
}) {}

class _Request extends Schema.Class<_Request>("Refund.Request")({
  /** Minor units, at least 1; all that is left when absent. */
  amountMinor: Schema.optional(Money.AmountMinor.pipe(Schema.positive())),
  /** At most 200, each SKU once; none when absent. A refund of money alone returns nothing to stock. */
  returns: Schema.optionalWith(
    Schema.Array(_Return).pipe(
      Schema.maxItems(200),
      Schema.filter((lines) => new Set(lines.map(({ sku }) => sku)).size === lines.length, {
        message: () => "each SKU at most once"
      })
    ),
    { default: () => [] }
  ),
  note: Schema.optional(Schema.String.pipe(Schema.maxLength(500)))
}) {}

/** Only a fulfilled order is refunded; one that is on its way is cancelled instead. */
class _NotRefundable extends Schema.TaggedError<_NotRefundable>()(
  "Refund.NotRefundable",
  {
    ...Problem.fields("Refund.NotRefundable", 409, "Only a fulfilled order can be refunded"),
    id: Order.Id,
    /** Not `status`, which a problem has of its own. */
    orderStatus: Order.Status
  },
  Problem.annotations(409)
) {}

/** Refunds that are under way count as paid. */
class _TooMuch extends Schema.TaggedError<_TooMuch>()(
  "Refund.TooMuch",
  {
    ...Problem.fields("Refund.TooMuch", 409, "That is more than what is left of the payment"),
    refundableMinor: Money.AmountMinor
  },
  Problem.annotations(409)
) {}

/** More units of a SKU than the order has, less what came back before; also of a SKU it does not have. */
class _TooManyReturned extends Schema.TaggedError<_TooManyReturned>()(
  "Refund.TooManyReturned",
  {
    ...Problem.fields("Refund.TooManyReturned", 409, "The order has not so many units to return"),
    sku: Product.Sku,
    returnable: Schema.Int
  },
  Problem.annotations(409)
) {}

class _KeyReused extends Schema.TaggedError<_KeyReused>()(
  "Refund.KeyReused",
  Problem.fields("Refund.KeyReused", 422, "This Idempotency-Key was used for another request"),
  Problem.annotations(422)
) {}

/** Money of a fulfilled order that goes back to the customer, whole or in part, with or without goods. */
const Refund = {
  Id: _Id,
  Status: _Status,
  Return: _Return,
  Model: _Model,
  Request: _Request,
  NotRefundable: _NotRefundable,
  TooMuch: _TooMuch,
  TooManyReturned: _TooManyReturned,
  KeyReused: _KeyReused,
  initial: "requested",
  transitions: _transitions
} as const

declare namespace Refund {
  type Id = typeof _Id.Type
  type Status = typeof _Status.Type
  type Return = typeof _Return.Type
  type Model = _Model
  type Request = _Request
  type NotRefundable = _NotRefundable
  type TooMuch = _TooMuch
  type TooManyReturned = _TooManyReturned
  type KeyReused = _KeyReused
}

export { Refund }
