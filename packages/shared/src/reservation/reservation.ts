import { Schema } from "effect"
import { Page } from "../page.ts"
import { Problem } from "../problem.ts"
import { Product } from "../product/product.ts"

const _Id = Schema.UUID.pipe(Schema.brand("ReservationId"))

const _Status = Schema.Literal("held", "taken", "released", "expired")

/** The whole life cycle, as data. `taken`: an order has it now, and what becomes of it is the order's. */
const _transitions = {
  held: { take: "taken", release: "released", expire: "expired" },
  taken: {},
  released: {},
  expired: {}
} as const satisfies Record<Reservation.Status, Readonly<Record<string, Reservation.Status>>>

const _Line = Schema.Struct({
  sku: Product.Sku,
  quantity: Schema.Int.pipe(Schema.between(1, 100_000))
})

const _defaultSeconds = 900

class _Model extends Schema.Class<_Model>("Reservation")({
  id: _Id,
  status: _Status,
  lines: Schema.Array(_Line),
  createdAt: Schema.DateTimeUtc,
  /** From then on the units are on sale again, unless an order has taken them. */
  expiresAt: Schema.DateTimeUtc
}) {}

class _Hold extends Schema.Class<_Hold>("Reservation.Hold")({
  /** Each SKU once. */
  lines: Schema.NonEmptyArray(_Line).pipe(
    Schema.maxItems(200),
    Schema.filter((lines) => new Set(lines.map(({ sku }) => sku)).size === lines.length, {
      message: () => "each SKU at most once"
    })
  ),
  /** How long, in seconds, from 1 to one day. Defaults to 15 minutes. */
  seconds: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 86_400)), {
    default: () => _defaultSeconds
  })
}) {}

class _NotFound extends Schema.TaggedError<_NotFound>()(
  "Reservation.NotFound",
  { ...Problem.fields("Reservation.NotFound", 404, "No such reservation"), id: Schema.String },
  Problem.annotations(404)
) {}

class _UnknownSku extends Schema.TaggedError<_UnknownSku>()(
  "Reservation.UnknownSku",
  { ...Problem.fields("Reservation.UnknownSku", 422, "The catalogue has no such SKU"), sku: Schema.String },
  Problem.annotations(422)
) {}

/** All or nothing: no line was held. */
class _OutOfStock extends Schema.TaggedError<_OutOfStock>()(
  "Reservation.OutOfStock",
  {
    ...Problem.fields("Reservation.OutOfStock", 409, "There is not enough in stock"),
    /** The first of the lines that has too little. */
    sku: Product.Sku
  },
  Problem.annotations(409)
) {}

/** It was taken, released, or its time is over. */
class _NotHeld extends Schema.TaggedError<_NotHeld>()(
  "Reservation.NotHeld",
  {
    ...Problem.fields("Reservation.NotHeld", 409, "The reservation does not hold anything any more"),
    id: _Id,
    held: _Status
  },
  Problem.annotations(409)
) {}

/** An order takes a reservation whole: the same units of the same SKUs. */
class _Mismatch extends Schema.TaggedError<_Mismatch>()(
  "Reservation.Mismatch",
  {
    ...Problem.fields("Reservation.Mismatch", 422, "The order has other lines than the reservation"),
    id: _Id
  },
  Problem.annotations(422)
) {}

class _KeyReused extends Schema.TaggedError<_KeyReused>()(
  "Reservation.KeyReused",
  Problem.fields("Reservation.KeyReused", 422, "This Idempotency-Key was used for another request"),
  Problem.annotations(422)
) {}

/** Stock that is kept for somebody who is about to order, for a time. */
const Reservation = {
  Id: _Id,
  Status: _Status,
  Line: _Line,
  Model: _Model,
  Page: Page.of(_Model),
  Hold: _Hold,
  NotFound: _NotFound,
  UnknownSku: _UnknownSku,
  OutOfStock: _OutOfStock,
  NotHeld: _NotHeld,
  Mismatch: _Mismatch,
  KeyReused: _KeyReused,
  initial: "held",
  transitions: _transitions
} as const

declare namespace Reservation {
  type Id = typeof _Id.Type
  type Status = typeof _Status.Type
  type Line = typeof _Line.Type
  type Model = _Model
  type Page = typeof Reservation.Page.Type
  type Hold = _Hold
  type NotFound = _NotFound
  type UnknownSku = _UnknownSku
  type OutOfStock = _OutOfStock
  type NotHeld = _NotHeld
  type Mismatch = _Mismatch
  type KeyReused = _KeyReused
}

export { Reservation }
