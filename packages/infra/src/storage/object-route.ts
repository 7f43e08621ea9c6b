import { HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { Effect, Option } from "effect"
import { ObjectStore } from "./object-store.ts"

/**
 * Serves presigned GETs; mount it at `/objects/*`. The URL is the whole permission, so it wants no session:
 * keep it outside the authentication middleware.
 */
const ObjectRoute: Effect.Effect<
  HttpServerResponse.HttpServerResponse,
  never,
  ObjectStore | HttpServerRequest.HttpServerRequest
> = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const store = yield* ObjectStore
  // The original URL: a mount cuts its prefix off the other one.
  const url = _parse(request.originalUrl)
  const key = yield* Option.match(
    Option.filter(url, () => request.method === "GET"),
    {
      onNone: () => Effect.succeedNone,
      onSome: store.verify
    }
  )
  return yield* Option.match(key, {
    onNone: () => Effect.succeed(_forbidden),
    onSome: (granted) => Effect.catchTag(_serve(granted), "ObjectStore.NotFound", () => _notFound)
  })
})

const _parse = Option.liftThrowable((path: string) => new URL(path, "http://localhost"))

const _forbidden = HttpServerResponse.empty({ status: 403 })

const _notFound = HttpServerResponse.empty({ status: 404 })

const _serve = (key: string) =>
  Effect.gen(function* () {
    const store = yield* ObjectStore
    const contentLength = yield* store.size(key)
    return HttpServerResponse.stream(store.read(key), {
      contentLength,
      contentType: "application/octet-stream",
      headers: { "cache-control": "private, no-store", "x-content-type-options": "nosniff" }
    })
  })

export { ObjectRoute }
