import { type Tenancy } from "@tessera/infra/tenancy"
import { Context, type Effect, Schema } from "effect"

/** The carrier will not deliver there. */
class _Rejected extends Schema.TaggedError<_Rejected>()("Carrier.Rejected", { code: Schema.String }) {}

declare namespace Carrier {
  type Rejected = _Rejected
  type Booking = { readonly key: string; readonly reference: string; readonly postcode: string }
  type Shipment = { readonly id: string; readonly trackingCode: string }
  type Shape = {
    /**
     * Repeating a booking with its key answers the same shipment; that is how an unknown outcome is learnt.
     */
    readonly book: (booking: Carrier.Booking) => Effect.Effect<Carrier.Shipment, _Rejected, Tenancy.Current>
    readonly cancel: (id: string, key: string) => Effect.Effect<void, never, Tenancy.Current>
  }
}

/** Port: what the order feature needs from a carrier. Bound in `wiring/`. */
class Carrier extends Context.Tag("api/fulfilment/Carrier")<Carrier, Carrier.Shape>() {
  static readonly Rejected = _Rejected
}

export { Carrier }
