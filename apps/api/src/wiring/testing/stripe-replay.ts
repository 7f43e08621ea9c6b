import { createServer } from "node:http"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Context, Effect, Layer, Option, Record, Redacted, Ref, Schema } from "effect"
import exchanges from "./stripe-exchanges.json" with { type: "json" }

const _Exchange = Schema.Struct({
  request: Schema.Struct({
    method: Schema.Literal("GET", "POST"),
    path: Schema.String,
    /** The case's name is put before it; none for reads. */
    key: Schema.optional(Schema.String),
    form: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.String }))
  }),
  response: Schema.Struct({
    status: Schema.Int,
    object: Schema.Literal("payment_intent", "refund", "nothing"),
    with: Schema.Record({ key: Schema.String, value: Schema.Unknown }),
    /** False where Stripe refuses before it begins, and so forgets the key. Defaults to true. */
    stored: Schema.optionalWith(Schema.Boolean, { default: () => true })
  })
})
const _Cases = Schema.Record({ key: Schema.String, value: Schema.Array(_Exchange) })
const _Object = Schema.Record({ key: Schema.String, value: Schema.Unknown })

type _Asked = { readonly path: string; readonly key: string; readonly text: string }
type _Answer = { readonly status: number; readonly body: object; readonly replayed: boolean }
type _Kept = _Answer & { readonly text: string }
type _State = {
  readonly name: string
  readonly left: ReadonlyArray<typeof _Exchange.Type>
  readonly kept: Readonly<Record<string, _Kept>>
  readonly complaints: ReadonlyArray<string>
}

declare namespace StripeReplay {
  type Shape = {
    readonly url: string
    readonly key: Redacted.Redacted
    /** From then on the requests of this case are expected, in their order. */
    readonly begin: (name: string) => Effect.Effect<void>
    /** Requests that were other than expected, and those that did not come. */
    readonly complaints: Effect.Effect<ReadonlyArray<string>>
  }
}

const _secret = "sk_test_51HvKqTessera0nobody0knows0me"
const _cases = Schema.decodeUnknownSync(_Cases)(exchanges.cases)
const _objects = Schema.decodeUnknownSync(Schema.Record({ key: Schema.String, value: _Object }))(
  exchanges.objects
)

/**
 * Stripe as a server on a port of this machine: it checks method, path, headers and form of every request
 * against the documented exchanges, and repeats the answer to a key that it knows.
 */
class StripeReplay extends Context.Tag("test/StripeReplay")<StripeReplay, StripeReplay.Shape>() {
  static readonly layer = Layer.scoped(
    StripeReplay,
    Effect.gen(function* () {
      const state = yield* Ref.make<_State>({ name: "", left: [], kept: {}, complaints: [] })
      const server = yield* NodeHttpServer.make(createServer, { port: 0, host: "127.0.0.1" })

      const answer = Effect.gen(function* () {
        const request = yield* HttpServerRequest.HttpServerRequest
        const { authorization = "", "idempotency-key": key = "", ...headers } = request.headers
        const form = Object.fromEntries(new URLSearchParams(yield* request.text))
        const asked = {
          path: request.url,
          key,
          text: _text({ method: request.method, path: request.url, key, form })
        }
        const strange = [
          ...[authorization].filter((one) => one !== `Bearer ${_secret}`).map(() => "authorization"),
          ...[headers["stripe-version"]].filter((one) => one !== exchanges.apiVersion).map(() => "version"),
          ...[headers["content-type"] ?? ""]
            .filter((one) => request.method === "POST" && one !== "application/x-www-form-urlencoded")
            .map(() => "content type")
        ]
        const { body, replayed, status } = yield* Ref.modify(state, (before) =>
          _decide(before, asked, strange)
        )
        return HttpServerResponse.unsafeJson(body, {
          status,
          headers: replayed ? { "idempotent-replayed": "true" } : {}
        })
      })

      yield* server.serve(HttpRouter.empty.pipe(HttpRouter.all("*", answer), Effect.orDie))
      const { port } = yield* Effect.orDie(Schema.decodeUnknown(_Port)(server.address))

      return StripeReplay.of({
        url: `http://127.0.0.1:${port}`,
        key: Redacted.make(_secret),
        begin: (name) => Ref.set(state, { name, left: _cases[name] ?? [], kept: {}, complaints: [] }),
        complaints: Effect.map(Ref.get(state), ({ complaints, left }) => [
          ...complaints,
          ...left.map(({ request }) => `not asked: ${request.method} ${request.path}`)
        ])
      })
    })
  )
}

const _Port = Schema.Struct({ port: Schema.Int })

type _Wanted = {
  readonly method: string
  readonly path: string
  readonly key: string
  readonly form: Readonly<Record<string, string>>
}

const _text = ({ form, key, method, path }: _Wanted): string =>
  [method, decodeURIComponent(path), key, JSON.stringify(form)].join(" ")

const _mismatch = {
  status: 400,
  body: { error: { type: "idempotency_error", message: "the same key, other parameters" } },
  replayed: true
}

const _decide = (
  state: _State,
  asked: _Asked,
  strange: ReadonlyArray<string>
): readonly [_Answer, _State] => {
  const complaints = [...state.complaints, ...strange.map((what) => `${what} of ${asked.text}`)]
  return Option.match(Record.get(state.kept, asked.key), {
    onSome: (kept) => [
      kept.text === asked.text ? { ...kept, replayed: true } : _mismatch,
      { ...state, complaints }
    ],
    onNone: () => _next({ ...state, complaints }, asked)
  })
}

const _next = (state: _State, { key, text }: _Asked): readonly [_Answer, _State] => {
  const [wanted, ...left] = state.left
  const expected = wanted === undefined ? "nothing" : _expected(state.name, wanted)
  const answer =
    wanted === undefined || expected !== text
      ? { status: 400, body: {}, replayed: false }
      : {
          status: wanted.response.status,
          body: { ..._objects[wanted.response.object], ...wanted.response.with },
          replayed: false
        }
  const isKept = key !== "" && wanted?.response.stored === true
  return [
    answer,
    {
      ...state,
      left,
      kept: isKept ? { ...state.kept, [key]: { ...answer, text } } : state.kept,
      complaints: [
        ...state.complaints,
        ...[text].filter((one) => one !== expected).map((one) => `${one}, not ${expected}`)
      ]
    }
  ]
}

const _expected = (name: string, { request }: typeof _Exchange.Type): string =>
  _text({
    method: request.method,
    path: request.path,
    key: request.key === undefined ? "" : `${name}:${request.key}`,
    form: request.form ?? {}
  })

export { StripeReplay }
