import { type HttpBody, HttpServerError, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { SqlState } from "@tessera/infra/storage/sql-state"
import { Cause, Effect, Option, Schema } from "effect"
import { ClusterRefusal } from "./cluster-refusal.ts"
import { ProblemResponse } from "./problem-response.ts"
import { RequestId } from "./request-id.ts"

type _Response = HttpServerResponse.HttpServerResponse
type _App<E, R> = Effect.Effect<_Response, E, R>
type _Members = Readonly<Record<string, unknown>>

const _Json = Schema.parseJson(Schema.Record({ key: Schema.String, value: Schema.Unknown }))
const _Issue = Schema.Struct({
  _tag: Schema.String,
  path: Schema.Array(Schema.Unknown),
  message: Schema.String
})
/**
 * What the platform answers when a request does not decode; `message` is a drawing of the whole schema, so
 * it goes.
 */
const _DecodeError = Schema.Struct({
  _tag: Schema.Literal("HttpApiDecodeError"),
  issues: Schema.Array(_Issue)
})

const _isDecodeError = Schema.is(_DecodeError)
const _isTooLarge = Schema.is(
  Schema.Struct({ cause: Schema.Struct({ message: Schema.Literal("maxBytes exceeded") }) })
)

/**
 * Every refusal leaves as `application/problem+json` with the request id. A defect becomes a bare 500, its
 * cause goes to the log under the same id. Interruption passes untouched: the caller has gone or the
 * process is going.
 */
const ProblemMiddleware = <E, R>(app: _App<E, R>): _App<E, R | HttpServerRequest.HttpServerRequest> =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers }) =>
    app.pipe(
      Effect.catchAllCause((cause) =>
        Cause.isInterruptedOnly(cause) ? Effect.failCause(cause) : _answer(Cause.squash(cause), cause)
      ),
      Effect.map((response) => _problem(response, headers[RequestId.header]))
    )
  )

/** The error as the platform's own refusals name it, or the cluster's, or a lost database, or a 500. */
const _answer = <E>(error: unknown, cause: Cause.Cause<E>): Effect.Effect<_Response> =>
  Option.match(Option.liftPredicate(error, HttpServerError.isServerError), {
    onNone: () =>
      Option.match(ClusterRefusal.of(error), {
        onNone: () => (SqlState.isConnectionLost(cause) ? _databaseAway(cause) : _internal(cause)),
        onSome: (response) =>
          Effect.as(Effect.logWarning("a request met a fault of the cluster", cause), response)
      }),
    onSome: (known) =>
      ({
        RouteNotFound: Effect.succeed(ProblemResponse.of({ status: 404 })),
        RequestError: Effect.succeed(_badRequest(known)),
        ResponseError: _internal(cause),
        ServeError: _internal(cause)
      })[known._tag]
  })

const _badRequest = (error: HttpServerError.HttpServerError): _Response =>
  _isTooLarge(error)
    ? ProblemResponse.of({ status: 413, headers: { connection: "close" } })
    : ProblemResponse.of({ status: 400, members: { detail: "The body could not be read" } })

/** Whether it was carried out is not known; with its idempotency key it may be sent again at once. */
const _databaseAway = <E>(cause: Cause.Cause<E>): Effect.Effect<_Response> =>
  Effect.logWarning("a request lost its database", cause).pipe(
    Effect.as(
      ProblemResponse.of({
        status: 503,
        members: { code: "Database.Unavailable", title: "The database does not answer" },
        headers: { "retry-after": "1" }
      })
    )
  )

const _internal = <E>(cause: Cause.Cause<E>): Effect.Effect<_Response> =>
  Effect.logError("a request ended in a defect", cause).pipe(
    Effect.as(
      ProblemResponse.of({ status: 500, members: { detail: "Quote the request id when you report it" } })
    )
  )

const _problem = (response: _Response, requestId: string | undefined): _Response =>
  Option.match(
    Option.filter(_members(response.body), () => response.status >= 400),
    {
      onNone: () => response,
      onSome: (members) =>
        HttpServerResponse.setBody(
          response,
          ProblemResponse.body(response.status, { ..._readable(members), requestId })
        )
    }
  )

/** None where the body is something that a problem must not replace: text, a file, a stream. */
const _members = (body: HttpBody.HttpBody): Option.Option<_Members> =>
  ({
    Empty: () => Option.some({}),
    Uint8Array: () => Option.filter(_parse(body), () => /json/.test(body.contentType ?? "")),
    Raw: Option.none<_Members>,
    FormData: Option.none<_Members>,
    Stream: Option.none<_Members>
  })[body._tag]()

const _parse = (body: HttpBody.HttpBody): Option.Option<_Members> =>
  Option.flatMap(
    Option.liftPredicate(body, (some): some is HttpBody.Uint8Array => some._tag === "Uint8Array"),
    ({ body: bytes }) => Schema.decodeOption(_Json)(Buffer.from(bytes).toString("utf8"))
  )

const _readable = (members: _Members): _Members =>
  Option.match(Option.liftPredicate(members, _isDecodeError), {
    onNone: () => members,
    onSome: ({ _tag, issues }) => ({
      _tag,
      detail: issues[0]?.message ?? "",
      errors: issues.map(({ message, path }) => ({
        pointer: `/${path.map(String).join("/")}`,
        detail: message
      })),
      // The typed client decodes the platform's own error by these two.
      issues,
      message: issues[0]?.message ?? ""
    })
  })

export { ProblemMiddleware }
