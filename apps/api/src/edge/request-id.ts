import { Headers, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { Identifier } from "@tessera/infra/context/identifier"
import { Effect, Option } from "effect"

const _header = "x-request-id"
const _acceptable = /^[A-Za-z0-9._:-]{1,128}$/

/**
 * Gives each request an id: the caller's `x-request-id` where it has a harmless form, a new UUIDv7
 * otherwise. It is echoed, stands in every log line, and is what later readers find in the request's
 * `x-request-id` header.
 */
const RequestId = {
  header: _header,
  middleware: <E, R>(app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
    Effect.gen(function* () {
      const request = yield* HttpServerRequest.HttpServerRequest
      const id = yield* Option.match(_brought(request.headers), {
        onNone: () => Identifier.uuid,
        onSome: Effect.succeed
      })
      return yield* app.pipe(
        Effect.provideService(
          HttpServerRequest.HttpServerRequest,
          request.modify({ headers: Headers.set(request.headers, _header, id) })
        ),
        Effect.annotateLogs("requestId", id),
        Effect.map(HttpServerResponse.setHeader(_header, id))
      )
    })
} as const

const _brought = (headers: Headers.Headers): Option.Option<string> =>
  Option.filter(Option.fromNullable(headers[_header]), (id) => _acceptable.test(id))

export { RequestId }
