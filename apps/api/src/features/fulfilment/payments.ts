import { type Tenancy } from "@tessera/infra/tenancy"
import { Context, type Effect, Schema } from "effect"

/** The provider says no, for good: a declined card, or a state that does not allow the call. */
class _Declined extends Schema.TaggedError<_Declined>()("Payments.Declined", { code: Schema.String }) {}

declare namespace Payments {
  type Declined = _Declined
  /** Key and reference are stable across retries and crashes: the provider acts once per key. */
  type Call = { readonly key: string; readonly reference: string }
  type Authorisation = Payments.Call & {
    readonly amountMinor: number
    readonly currency: string
    readonly token: string
  }
  /** In minor units, at least 1; all that is left when absent. */
  type Refund = Payments.Call & { readonly amountMinor?: number }
  type Held = Payments.Authorisation & {
    /** As the provider calls it; null where its answer was never noted. */
    readonly id: string | null
  }
  type Shape = {
    /** Answers the provider's id. No answer is a defect: the caller tries again with the same key. */
    readonly authorise: (
      authorisation: Payments.Authorisation
    ) => Effect.Effect<string, _Declined, Tenancy.Current>
    readonly capture: (id: string, call: Payments.Call) => Effect.Effect<void, _Declined, Tenancy.Current>
    /**
     * Voids what was authorised under the key of that very call, or burns the key; declined once it is
     * captured. The call is given whole, because some providers tell what became of it only when it is
     * repeated.
     */
    readonly voidByKey: (
      authorisation: Payments.Held,
      call: Payments.Call
    ) => Effect.Effect<void, _Declined, Tenancy.Current>
    /** Declined when nothing had been captured, or less is left of it. */
    readonly refund: (id: string, refund: Payments.Refund) => Effect.Effect<void, _Declined, Tenancy.Current>
  }
}

/** Port: what the order feature needs from a payment provider. Bound in `wiring/`. */
class Payments extends Context.Tag("api/fulfilment/Payments")<Payments, Payments.Shape>() {
  static readonly Declined = _Declined
}

export { Payments }
