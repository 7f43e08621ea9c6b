import { FetchHttpClient, HttpApiClient } from "@effect/platform"
import { Api } from "@tessera/shared/api"
import { Context, type Effect, Layer } from "effect"

const _make = HttpApiClient.make(Api)

declare namespace ApiClient {
  type Shape = Effect.Effect.Success<typeof _make>
}

/** The typed HTTP client of the whole contract; same origin, so the session cookie travels by itself. */
class ApiClient extends Context.Tag("web/ApiClient")<ApiClient, ApiClient.Shape>() {
  static readonly layer = Layer.effect(ApiClient, _make).pipe(Layer.provide(FetchHttpClient.layer))
}

export { ApiClient }
