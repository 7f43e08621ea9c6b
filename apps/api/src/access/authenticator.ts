import { Cookies, type Headers } from "@effect/platform"
import { Identifier } from "@tessera/infra/context/identifier"
import { Tenancy } from "@tessera/infra/tenancy"
import { Access } from "@tessera/shared/access/access"
import { Session } from "@tessera/shared/session/session"
import { Context, Effect, Layer, Option } from "effect"
import { Credentials } from "./credentials.ts"
import { type CredentialsRepo } from "./credentials-repo.ts"

declare namespace Authenticator {
  type Answer = Effect.Effect<Tenancy.Actor, Access.Unauthenticated>
  type Shape = {
    readonly byApiKey: (key: string, headers: Headers.Headers) => Answer
    /** Refuses a request that brings an `authorization` header, too: it is judged by that alone. */
    readonly bySession: (token: string, headers: Headers.Headers) => Answer
    readonly byHeaders: (headers: Headers.Headers) => Answer
  }
}

const _bearer = /^bearer +/i

/** From headers to the actor; the request id is the one that the edge put into `x-request-id`. */
class Authenticator extends Context.Tag("api/access/Authenticator")<Authenticator, Authenticator.Shape>() {
  static readonly layer = Layer.effect(
    Authenticator,
    Effect.gen(function* () {
      const credentials = yield* Credentials

      const byApiKey = Effect.fn("Authenticator.byApiKey")((key: string, headers: Headers.Headers) =>
        Effect.flatMap(credentials.apiKey(key), _actor(headers))
      )

      const bySession = Effect.fn("Authenticator.bySession")((token: string, headers: Headers.Headers) =>
        headers.authorization === undefined
          ? Effect.flatMap(credentials.session(token), _actor(headers))
          : Effect.fail(Access.Unauthenticated.make({}))
      )

      const byHeaders = Effect.fn("Authenticator.byHeaders")((headers: Headers.Headers) =>
        Option.match(Option.fromNullable(headers.authorization), {
          onNone: () => bySession(_cookie(headers), headers),
          onSome: (authorization) => byApiKey(authorization.replace(_bearer, ""), headers)
        })
      )

      return Authenticator.of({ byApiKey, bySession, byHeaders })
    })
  )
}

const _cookie = (headers: Headers.Headers): string =>
  Cookies.parseHeader(headers.cookie ?? "")[Session.cookie] ?? ""

const _actor =
  (headers: Headers.Headers) =>
  (found: Option.Option<CredentialsRepo.Found>): Authenticator.Answer =>
    Option.match(found, {
      onNone: () => Effect.fail(Access.Unauthenticated.make({})),
      onSome: (actor) =>
        Effect.map(_requestId(headers), (requestId) => Tenancy.Actor.make({ ...actor, requestId }))
    })

const _requestId = (headers: Headers.Headers): Effect.Effect<string> =>
  Option.match(Option.fromNullable(headers["x-request-id"]), {
    onNone: () => Identifier.uuid,
    onSome: Effect.succeed
  })

export { Authenticator }
