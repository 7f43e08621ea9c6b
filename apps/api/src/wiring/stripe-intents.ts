import { type Outbound } from "@tessera/infra/outbound/outbound"
import { Data, Effect, Redacted, Schema } from "effect"

/** Of the API that this was written for; answers keep its form whatever the account's own version is. */
const _version = "2024-06-20"

const _Status = Schema.Literal(
  "requires_payment_method",
  "requires_confirmation",
  "requires_action",
  "processing",
  "requires_capture",
  "canceled",
  "succeeded"
)
const _Intent = Schema.Struct({
  id: Schema.String,
  status: _Status,
  amountReceived: Schema.propertySignature(Schema.Int).pipe(Schema.fromKey("amount_received")),
  /** Its id, unless it was asked for with `expand[]`. */
  latestCharge: Schema.propertySignature(
    Schema.NullOr(Schema.Union(Schema.String, Schema.Struct({ refunded: Schema.Boolean })))
  ).pipe(Schema.fromKey("latest_charge"))
})
const _Read = Schema.parseJson(_Intent)
const _Refunded = Schema.parseJson(Schema.Struct({ status: Schema.NullOr(Schema.String) }))
const _Failed = Schema.parseJson(
  Schema.Struct({
    error: Schema.Struct({
      type: Schema.String,
      code: Schema.optional(Schema.String),
      decline_code: Schema.optional(Schema.String)
    })
  })
)

/** What Stripe refuses for good; `code` is the most particular that it says. */
class _Refusal extends Data.TaggedError("StripeIntents.Refusal")<{
  readonly type: string
  readonly code: string
}> {}

declare namespace StripeIntents {
  type Options = { readonly url: string; readonly key: Redacted.Redacted }
  type Form = Readonly<Record<string, string>>
  type Intent = typeof _Intent.Type
  type Refusal = _Refusal
}

/**
 * Stripe's PaymentIntents over HTTP, form in and JSON out. An answer that is neither is a defect: 429 and 5xx
 * after two repetitions, 409 where a request with the same key is under way, 401 and 403 where the key of the
 * account is wrong. That key stands in a header and nowhere else.
 */
const StripeIntents = {
  Refusal: _Refusal,
  make: (outbound: Outbound.Shape, options: StripeIntents.Options) => {
    const call = (request: Pick<Outbound.Request, "method" | "headers" | "body">, path: string) =>
      outbound
        .call({
          ...request,
          url: `${options.url}/v1/${path}`,
          headers: {
            ...request.headers,
            authorization: `Bearer ${Redacted.value(options.key)}`,
            "stripe-version": _version
          },
          timeout: "10 seconds"
        })
        .pipe(Effect.orDie, Effect.flatMap(_judge))

    const post = (path: string, key: string, form: StripeIntents.Form) =>
      call(
        {
          method: "POST",
          headers: { "content-type": "application/x-www-form-urlencoded", "idempotency-key": key },
          body: new URLSearchParams(form).toString()
        },
        path
      )

    /** With its charge. */
    const read = (id: string) =>
      Effect.flatMap(call({ method: "GET" }, `payment_intents/${id}?expand[]=latest_charge`), _decoded(_Read))

    return {
      read,
      create: (key: string, form: StripeIntents.Form) =>
        Effect.gen(function* () {
          const answer = yield* post("payment_intents", key, form)
          const intent = yield* _decoded(_Read)(answer)
          // A repetition is answered as it was then; meanwhile it may be cancelled.
          return yield* answer.headers["idempotent-replayed"] === "true"
            ? read(intent.id)
            : Effect.succeed(intent)
        }),
      capture: (id: string, key: string) => post(`payment_intents/${id}/capture`, key, {}),
      cancel: (id: string, key: string) => post(`payment_intents/${id}/cancel`, key, {}),
      /** Of all that is left without an amount. Answers its status. */
      refund: (id: string, key: string, amountMinor: number | undefined) =>
        post("refunds", key, {
          payment_intent: id,
          ...(amountMinor !== undefined && { amount: String(amountMinor) })
        }).pipe(
          Effect.flatMap(_decoded(_Refunded)),
          Effect.map(({ status }) => status)
        )
    }
  }
} as const

const _decoded =
  <A>(schema: Schema.Schema<A, string>) =>
  ({ body }: Outbound.Answer) =>
    Effect.orDie(Schema.decode(schema)(body))

const _final: ReadonlyArray<number> = [400, 402, 404]

const _judge = (answer: Outbound.Answer) =>
  answer.status < 300 ? Effect.succeed(answer) : Effect.flatMap(_failed(answer), Effect.fail)

const _failed = (answer: Outbound.Answer) =>
  _final.includes(answer.status)
    ? Effect.map(
        _decoded(_Failed)(answer),
        ({ error }) =>
          new _Refusal({ type: error.type, code: error.decline_code ?? error.code ?? error.type })
      )
    : Effect.dieMessage(`the payment provider answered ${answer.status}`)

export { StripeIntents }
