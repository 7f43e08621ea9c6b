import { HttpRouter, HttpServerRequest } from "@effect/platform"
import { Effect, Option, Record, Schema } from "effect"
import { FailurePanel } from "./failure-panel.ts"
import { IdempotentCall } from "./idempotent-call.ts"

const _Shipment = Schema.Struct({ reference: Schema.NonEmptyString, postcode: Schema.NonEmptyString })
const _Path = Schema.Struct({ id: Schema.String })

const _plain = { verdict: "booked", holdMillis: 0 } as const

const _testPostcodes: Record<
  string,
  { readonly verdict: "booked" | "address_rejected"; readonly holdMillis: number }
> = {
  "00000": { ..._plain, verdict: "address_rejected" },
  "99999": { ..._plain, holdMillis: 3_000 }
}

const _book = Effect.gen(function* () {
  const key = yield* IdempotentCall.key
  const body = yield* HttpServerRequest.schemaBodyJson(_Shipment)
  const panel = yield* FailurePanel
  yield* panel.admitCarrier
  const { verdict, holdMillis } = Option.getOrElse(Record.get(_testPostcodes, body.postcode), () => _plain)
  const command = { _tag: "Book", ...body, verdict } as const
  return yield* IdempotentCall.answer({ key, kind: "book", body, command, holdMillis })
})

const _cancel = Effect.gen(function* () {
  const key = yield* IdempotentCall.key
  const { id } = yield* HttpRouter.schemaPathParams(_Path)
  const panel = yield* FailurePanel
  yield* panel.admitCarrier
  return yield* IdempotentCall.answer({ key, kind: "cancel", body: id, command: { _tag: "Cancel", id } })
})

/** The carrier half of the provider: postcode `00000` is rejected, the first answer for `99999` takes 3 s. */
const CarrierRoutes = HttpRouter.empty.pipe(
  HttpRouter.post("/shipments", _book),
  HttpRouter.post("/shipments/:id/cancel", _cancel)
)

export { CarrierRoutes }
