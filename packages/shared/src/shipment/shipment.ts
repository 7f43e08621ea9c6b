import { Schema } from "effect"

const _Status = Schema.Literal("booked", "cancelled")

/** The whole life cycle, as data. */
const _transitions = {
  booked: { cancel: "cancelled" },
  cancelled: {}
} as const satisfies Record<Shipment.Status, Readonly<Record<string, Shipment.Status>>>

/** What was booked with the carrier for one run of an order. */
const Shipment = { Status: _Status, initial: "booked", transitions: _transitions } as const

declare namespace Shipment {
  type Status = typeof _Status.Type
}

export { Shipment }
