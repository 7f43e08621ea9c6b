import { Outbound } from "@tessera/infra/outbound/outbound"
import { Effect, Layer, Schema } from "effect"
import { Carrier } from "../features/fulfilment/carrier.ts"

const _Booked = Schema.parseJson(Schema.Struct({ id: Schema.String, trackingCode: Schema.String }))
const _Refusal = Schema.parseJson(Schema.Struct({ code: Schema.String }))

/**
 * Binds the order's carrier port to the carrier's HTTP API; 422 is a refusal, anything else unasked is a
 * defect.
 */
const SandboxCarrier = {
  layer: (options: { readonly url: string }) =>
    Layer.effect(
      Carrier,
      Effect.map(Outbound, (outbound) => {
        const post = (path: string, key: string, body: unknown) =>
          outbound
            .call({
              method: "POST",
              url: `${options.url}/${path}`,
              headers: { "content-type": "application/json", "idempotency-key": key },
              body: JSON.stringify(body),
              timeout: "6 seconds"
            })
            .pipe(Effect.orDie, Effect.flatMap(_judge))

        return Carrier.of({
          book: ({ key, reference, postcode }) =>
            post("shipments", key, { reference, postcode }).pipe(
              Effect.flatMap((body) => Effect.orDie(Schema.decode(_Booked)(body)))
            ),
          cancel: (id, key) => Effect.asVoid(Effect.orDie(post(`shipments/${id}/cancel`, key, {})))
        })
      })
    )
} as const

const _judge = (answer: Outbound.Answer) =>
  answer.status < 300
    ? Effect.succeed(answer.body)
    : Effect.flatMap(Effect.orDie(_refusal(answer)), ({ code }) => Carrier.Rejected.make({ code }))

const _refusal = (answer: Outbound.Answer) =>
  answer.status === 422
    ? Schema.decode(_Refusal)(answer.body)
    : Effect.dieMessage(`the carrier answered ${answer.status}`)

export { SandboxCarrier }
