import { Outbound } from "@tessera/infra/outbound/outbound"
import { Effect, Layer } from "effect"
import { Payments } from "../features/fulfilment/payments.ts"
import { StripeIntents } from "./stripe-intents.ts"

const _refused = (code: string) => new StripeIntents.Refusal({ type: "card_error", code })

/**
 * Binds the order's payment port to Stripe: manual capture, one intent for each authorisation. What is
 * neither an answer nor a refusal is a defect, and asked again under the same key.
 *
 * Stripe keeps the answer to a key for 24 hours and refuses the key for other parameters. So what became of
 * an authorisation that nobody noted is learnt by repeating it; one that would succeed only now is cancelled
 * at once, and a request of before that arrives later gets that intent, and nothing new. Older than that are
 * only authorisations whose id is noted, and these are cancelled by id. Stripe itself lets go of what is not
 * captured after 7 days: the capture is then declined.
 */
const StripePayments = {
  layer: (options: StripeIntents.Options) =>
    Layer.effect(
      Payments,
      Effect.map(Outbound, (outbound) => {
        const intents = StripeIntents.make(outbound, options)

        const cancel = (id: string, key: string) =>
          intents.cancel(id, key).pipe(
            Effect.catchTag("StripeIntents.Refusal", (refusal) =>
              Effect.filterOrFail(intents.read(id), _isSettled, () => refusal)
            ),
            Effect.asVoid
          )

        /** Nothing is held where it is declined; a key of another request says nothing about that. */
        const found = (authorisation: Payments.Authorisation, key: string) =>
          intents.create(authorisation.key, _form(authorisation)).pipe(
            Effect.matchEffect({
              onSuccess: ({ id }) => cancel(id, key),
              onFailure: (refusal) => Effect.when(refusal, () => refusal.type === "idempotency_error")
            }),
            Effect.asVoid
          )

        return Payments.of({
          authorise: (authorisation) =>
            intents.create(authorisation.key, _form(authorisation)).pipe(
              Effect.flatMap((intent) => _authorised[intent.status](intent)),
              _declined
            ),
          capture: (id, { key }) => intents.capture(id, key).pipe(Effect.asVoid, _declined),
          voidByKey: ({ id, ...authorisation }, { key }) =>
            _declined(id === null ? found(authorisation, key) : cancel(id, key)),
          // Read first: what was never captured is not refunded, whatever the provider makes of it.
          refund: (id, { amountMinor, key }) =>
            intents.read(id).pipe(
              Effect.filterOrFail(
                ({ amountReceived }) => amountReceived > 0,
                () => _refused("not_captured")
              ),
              Effect.zipRight(intents.refund(id, key, amountMinor)),
              Effect.filterOrFail(
                (status) => status !== "failed" && status !== "canceled",
                () => _refused("refund_failed")
              ),
              Effect.asVoid,
              _declined
            )
        })
      })
    )
} as const

/** Stripe counts in the smallest unit of the currency, too. */
const _form = ({ amountMinor, currency, reference, token }: Payments.Authorisation) => ({
  amount: String(amountMinor),
  currency: currency.toLowerCase(),
  capture_method: "manual",
  confirm: "true",
  error_on_requires_action: "true",
  payment_method: token,
  "payment_method_types[]": "card",
  "metadata[reference]": reference
})

/** The customer is not there to prove who it is, so a card that asks for it is declined. */
const _authorised = {
  requires_capture: ({ id }) => Effect.succeed(id),
  requires_action: () => Effect.fail(_refused("authentication_required")),
  requires_payment_method: () => Effect.fail(_refused("card_declined")),
  canceled: () => Effect.fail(_refused("canceled")),
  requires_confirmation: ({ status }) => _odd(status),
  processing: ({ status }) => _odd(status),
  succeeded: ({ status }) => _odd(status)
} as const satisfies Record<
  StripeIntents.Intent["status"],
  (intent: StripeIntents.Intent) => Effect.Effect<string, StripeIntents.Refusal>
>

const _odd = (status: string) => Effect.dieMessage(`the payment provider holds nothing yet: ${status}`)

/** Cancelling what is cancelled, or paid back, is no trouble: the money is where it belongs. */
const _isSettled = ({ latestCharge, status }: StripeIntents.Intent): boolean =>
  status === "canceled" ||
  (latestCharge !== null && typeof latestCharge !== "string" && latestCharge.refunded)

const _declined = <A, R>(asked: Effect.Effect<A, StripeIntents.Refusal, R>) =>
  Effect.mapError(asked, ({ code }) => Payments.Declined.make({ code }))

export { StripePayments }
