import { Outbound } from "@tessera/infra/outbound/outbound"
import { Effect, Layer, Schema } from "effect"
import { Payments } from "../features/fulfilment/payments.ts"

const _Created = Schema.parseJson(Schema.Struct({ id: Schema.String }))
const _Refusal = Schema.parseJson(Schema.Struct({ code: Schema.String }))

const _refusals: ReadonlyArray<number> = [402, 404, 409, 422]

/** Voiding what has been paid back already is no trouble: the money is where it belongs. */
const _settled: ReadonlyArray<string> = ["already_refunded", "already_voided"]

/**
 * Binds the order's payment port to the provider's HTTP API; what is neither an answer nor a refusal is a
 * defect.
 */
const SandboxPayments = {
  layer: (options: { readonly url: string }) =>
    Layer.effect(
      Payments,
      Effect.map(Outbound, (outbound) => {
        const post = (path: string, key: string, body: unknown) =>
          outbound
            .call({
              method: "POST",
              url: `${options.url}/payments/${path}`,
              headers: { "content-type": "application/json", "idempotency-key": key },
              body: JSON.stringify(body),
              timeout: "4 seconds"
            })
            .pipe(Effect.orDie, Effect.flatMap(_judge))

        return Payments.of({
          authorise: ({ key, reference, amountMinor, currency, token }) =>
            post("authorisations", key, { reference, amountMinor, currency, token }).pipe(
              Effect.flatMap((body) => Effect.orDie(Schema.decode(_Created)(body))),
              Effect.map(({ id }) => id)
            ),
          capture: (id, { key }) => Effect.asVoid(post(`authorisations/${id}/capture`, key, {})),
          refund: (id, { amountMinor, key }) =>
            Effect.asVoid(post(`authorisations/${id}/refund`, key, { amountMinor })),
          voidByKey: (authorisation, { key }) =>
            post("void-by-key", key, { authorisationKey: authorisation.key }).pipe(
              Effect.catchIf(
                ({ code }) => _settled.includes(code),
                () => Effect.void
              ),
              Effect.asVoid
            )
        })
      })
    )
} as const

const _judge = (answer: Outbound.Answer) =>
  answer.status < 300
    ? Effect.succeed(answer.body)
    : Effect.flatMap(Effect.orDie(_refusal(answer)), ({ code }) => Payments.Declined.make({ code }))

const _refusal = (answer: Outbound.Answer) =>
  _refusals.includes(answer.status)
    ? Schema.decode(_Refusal)(answer.body)
    : Effect.dieMessage(`the payment provider answered ${answer.status}`)

export { SandboxPayments }
