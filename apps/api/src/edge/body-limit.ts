import { HttpServerRequest, type HttpServerResponse } from "@effect/platform"
import { Effect, Option } from "effect"
import { ProblemResponse } from "./problem-response.ts"

/** 1 MiB: ten thousand order lines; anything larger is a file and goes through an upload. */
const _maxBytes = 1024 * 1024
const _upload = /^\/v1\/imports\/?(\?|$)/

type _App<E, R> = Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>

/**
 * Refuses bodies of more than 1 MiB: at once by their declared length, otherwise by cutting the connection.
 * A multipart upload to `/v1/imports` is exempt, because that endpoint limits each part itself.
 */
const BodyLimit = {
  maxBytes: _maxBytes,
  middleware: <E, R>(app: _App<E, R>): _App<E, R | HttpServerRequest.HttpServerRequest> =>
    Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
      _isUpload(request)
        ? HttpServerRequest.withMaxBodySize(app, Option.none())
        : _limited(request, HttpServerRequest.withMaxBodySize(app, Option.some(_maxBytes)))
    )
} as const

const _isUpload = ({ headers, method, url }: HttpServerRequest.HttpServerRequest): boolean =>
  method === "POST" &&
  _upload.test(url) &&
  (headers["content-type"] ?? "").toLowerCase().startsWith("multipart/form-data")

const _limited = <E, R>({ headers }: HttpServerRequest.HttpServerRequest, app: _App<E, R>): _App<E, R> =>
  Number(headers["content-length"] ?? 0) > _maxBytes
    ? Effect.succeed(ProblemResponse.of({ status: 413, headers: { connection: "close" } }))
    : app

export { BodyLimit }
