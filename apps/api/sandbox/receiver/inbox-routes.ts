import { createHash } from "node:crypto"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { DateTime, Effect, Option, Schema } from "effect"
import { Inbox } from "./inbox.ts"
import { ReceiverPlan } from "./receiver-plan.ts"

const _Path = Schema.Struct({ endpointPath: Schema.String })
const _Secret = Schema.Struct({ secret: Schema.String.pipe(Schema.startsWith("whsec_")) })
const _Mode = Schema.Struct({ mode: Schema.String })
const _Filter = Schema.Struct({ path: Schema.optional(Schema.String) })
const _Typed = Schema.parseJson(Schema.Struct({ type: Schema.String }))

const _refuse = (status: number, code: string) => HttpServerResponse.unsafeJson({ code }, { status })

const _register = Effect.gen(function* () {
  const { endpointPath } = yield* HttpRouter.schemaPathParams(_Path)
  const { secret } = yield* HttpServerRequest.schemaBodyJson(_Secret)
  const inbox = yield* Inbox
  yield* inbox.register(endpointPath, secret)
  return HttpServerResponse.empty()
}).pipe(Effect.catchTag("WebhookSignature.BadSecret", () => Effect.succeed(_refuse(422, "invalid_secret"))))

const _plan = Effect.gen(function* () {
  const { endpointPath } = yield* HttpRouter.schemaPathParams(_Path)
  const { mode } = yield* HttpServerRequest.schemaBodyJson(_Mode)
  const plan = yield* ReceiverPlan.parse(mode)
  const inbox = yield* Inbox
  yield* inbox.plan(endpointPath, plan)
  return HttpServerResponse.empty()
}).pipe(Effect.catchTag("NoSuchElementException", () => Effect.succeed(_refuse(422, "unknown_mode"))))

/** Verification comes first: a forged delivery is answered 401 in every mode and uses up no turn. */
const _receive = Effect.gen(function* () {
  const { endpointPath: path } = yield* HttpRouter.schemaPathParams(_Path)
  const request = yield* HttpServerRequest.HttpServerRequest
  const body = yield* request.text
  const inbox = yield* Inbox
  const valid = Option.getOrNull(yield* inbox.verify(path, body, request.headers))
  const turn = valid === false ? { status: 401, holdMillis: 0 } : yield* inbox.turn(path)
  yield* inbox.record({
    at: DateTime.formatIso(yield* DateTime.now),
    path,
    id: request.headers["webhook-id"] ?? "",
    valid,
    verified: valid === true,
    type: Option.getOrNull(Option.map(Schema.decodeOption(_Typed)(body), ({ type }) => type)),
    bodyHash: createHash("sha256").update(body).digest("hex"),
    status: turn.status
  })
  yield* Effect.when(Effect.sleep(turn.holdMillis), () => turn.holdMillis > 0)
  return HttpServerResponse.empty({ status: turn.status })
})

const _received = Effect.gen(function* () {
  const { path } = yield* HttpServerRequest.schemaSearchParams(_Filter)
  const inbox = yield* Inbox
  const all = yield* inbox.received
  return HttpServerResponse.unsafeJson(all.filter((delivery) => path === undefined || delivery.path === path))
})

/** The doors of the demo receiver. A path needs no registration; without a secret it accepts everybody. */
const InboxRoutes = HttpRouter.empty.pipe(
  HttpRouter.put("/secrets/:endpointPath", _register),
  HttpRouter.put("/control/:endpointPath", _plan),
  HttpRouter.post("/hooks/:endpointPath", _receive),
  HttpRouter.get("/received", _received),
  HttpRouter.get("/health", Effect.succeed(HttpServerResponse.unsafeJson({ status: "ok" })))
)

export { InboxRoutes }
