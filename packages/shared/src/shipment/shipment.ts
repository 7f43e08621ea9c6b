import { Schema } from "effect"
import { Product } from "../product/product.ts"

const _Status = Schema.Literal("booked", "cancelled")

/** The whole life cycle, as data. */
const _transitions = {
  booked: { cancel: "cancelled" },
  cancelled: {}
} as const satisfies Record<Shipment.Status, Readonly<Record<string, Shipment.Status>>>

/** What one shipment carries; an order larger than a parcel is split over several. */
const _Parcel = Schema.Struct({
  /** From 1. */
  parcel: Schema.Int,
  status: _Status,
  trackingCode: Schema.String,
  lines: Schema.Array(Schema.Struct({ sku: Product.Sku, quantity: Schema.Int }))
})

/** One parcel of one run of an order, as it was booked with the carrier. */
const Shipment = { Status: _Status, Parcel: _Parcel, initial: "booked", transitions: _transitions } as const

declare namespace Shipment {
  type Status = typeof _Status.Type
  type Parcel = typeof _Parcel.Type
}

export { Shipment }
