import { HttpServerRequest } from "@effect/platform"
import { Access } from "@tessera/shared/access/access"
import { Effect, Layer, Redacted } from "effect"
import { AccessSettings } from "./access-settings.ts"
import { Authenticator } from "./authenticator.ts"
import { OriginPolicy } from "./origin-policy.ts"

/** Who sends this HTTP request. A write by cookie from a foreign page counts as not signed in. */
const AccessHttpLive = Layer.effect(
  Access.Http,
  Effect.gen(function* () {
    const authenticator = yield* Authenticator
    const { publicUrl } = yield* AccessSettings

    return Access.Http.of({
      apiKey: (key) =>
        Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers }) =>
          authenticator.byApiKey(Redacted.value(key), headers)
        ),
      session: (token) =>
        HttpServerRequest.HttpServerRequest.pipe(
          Effect.filterOrFail(
            ({ headers, method }) =>
              !OriginPolicy.isWrite(method) || OriginPolicy.isOurs({ headers, publicUrl }),
            () => Access.Unauthenticated.make({ detail: "The page that sent this request is not ours" })
          ),
          Effect.flatMap(({ headers }) => authenticator.bySession(Redacted.value(token), headers))
        )
    })
  })
)

export { AccessHttpLive }
