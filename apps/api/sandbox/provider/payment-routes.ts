import { HttpRouter, HttpServerRequest } from "@effect/platform"
import { Effect, Option, Schema } from "effect"
import { FailurePanel } from "./failure-panel.ts"
import { IdempotentCall } from "./idempotent-call.ts"
import { PaymentToken } from "./payment-token.ts"

const _Authorisation = Schema.Struct({
  reference: Schema.NonEmptyString,
  amountMinor: Schema.NonNegativeInt,
  currency: Schema.String.pipe(Schema.pattern(/^[A-Z]{3}$/)),
  token: Schema.String
})
const _VoidByKey = Schema.Struct({ authorisationKey: Schema.NonEmptyString })
const _Refund = Schema.Struct({
  amountMinor: Schema.optionalWith(Schema.Int.pipe(Schema.positive()), { as: "Option" })
})
const _Path = Schema.Struct({ id: Schema.String })

const _authorise = Effect.gen(function* () {
  const key = yield* IdempotentCall.key
  const body = yield* HttpServerRequest.schemaBodyJson(_Authorisation)
  const panel = yield* FailurePanel
  const { verdict, flakyPercent, holdMillis } = PaymentToken.behaviour(body.token)
  yield* panel.admit
  yield* panel.failPercent(flakyPercent)
  const declined = yield* panel.declines
  const { reference, amountMinor, currency } = body
  const command = {
    _tag: "Authorise",
    reference,
    amountMinor,
    currency,
    verdict: declined && verdict === "authorised" ? "declined" : verdict
  } as const
  return yield* IdempotentCall.answer({ key, kind: "authorise", body, command, holdMillis })
})

const _move = (move: "capture" | "void") =>
  Effect.gen(function* () {
    const key = yield* IdempotentCall.key
    const { id } = yield* HttpRouter.schemaPathParams(_Path)
    const panel = yield* FailurePanel
    yield* panel.admit
    return yield* IdempotentCall.answer({ key, kind: move, body: id, command: { _tag: "Move", id, move } })
  })

const _refund = Effect.gen(function* () {
  const key = yield* IdempotentCall.key
  const { id } = yield* HttpRouter.schemaPathParams(_Path)
  const { amountMinor } = yield* HttpServerRequest.schemaBodyJson(_Refund)
  const panel = yield* FailurePanel
  yield* panel.admit
  // A refund of all that is left is the same call as before there were others.
  const body = Option.match(amountMinor, { onNone: () => id, onSome: (amount) => [id, amount] })
  const command = { _tag: "Refund", id, amountMinor } as const
  return yield* IdempotentCall.answer({ key, kind: "refund", body, command })
})

const _voidByKey = Effect.gen(function* () {
  const key = yield* IdempotentCall.key
  const body = yield* HttpServerRequest.schemaBodyJson(_VoidByKey)
  const panel = yield* FailurePanel
  yield* panel.admit
  return yield* IdempotentCall.answer({
    key,
    kind: "void-by-key",
    body,
    command: { _tag: "VoidByKey", ...body }
  })
})

/** The payment half of the provider. Every failure it can draw is drawn before the ledger is asked. */
const PaymentRoutes = HttpRouter.empty.pipe(
  HttpRouter.post("/payments/authorisations", _authorise),
  HttpRouter.post("/payments/authorisations/:id/capture", _move("capture")),
  HttpRouter.post("/payments/authorisations/:id/void", _move("void")),
  HttpRouter.post("/payments/authorisations/:id/refund", _refund),
  HttpRouter.post("/payments/void-by-key", _voidByKey)
)

export { PaymentRoutes }
