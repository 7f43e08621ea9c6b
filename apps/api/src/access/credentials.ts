import { Cache, Context, Duration, Effect, Exit, Layer, Option } from "effect"
import { CredentialHash } from "./credential-hash.ts"
import { CredentialsRepo } from "./credentials-repo.ts"

const _capacity = 10_000
const _rememberedFor = Duration.seconds(5)
const _sessionToken = /^[A-Za-z0-9_-]{43}$/
const _apiKey = /^tsk_[A-Za-z0-9_-]{16,120}$/

declare namespace Credentials {
  type Shape = {
    readonly session: (token: string) => Effect.Effect<Option.Option<CredentialsRepo.Found>>
    readonly apiKey: (key: string) => Effect.Effect<Option.Option<CredentialsRepo.Found>>
    /** Drops a session from the memory of this process; the others follow within 5 s. */
    readonly forget: (token: string) => Effect.Effect<void>
  }
}

/**
 * Resolves a secret to its actor. Answers, also negative ones, are remembered for 5 s per process, so a
 * revoked key, an ended session and a changed role take effect within 5 s; the database is not asked about
 * malformed secrets.
 */
class Credentials extends Context.Tag("api/access/Credentials")<Credentials, Credentials.Shape>() {
  static readonly layer = Layer.effect(
    Credentials,
    Effect.gen(function* () {
      const repo = yield* CredentialsRepo
      const sessions = yield* _remember(repo.bySession)
      const apiKeys = yield* _remember(repo.byApiKey)

      return Credentials.of({
        session: Effect.fn("Credentials.session")((token) => _find(sessions, _sessionToken, token)),
        apiKey: Effect.fn("Credentials.apiKey")((key) => _find(apiKeys, _apiKey, key)),
        forget: Effect.fn("Credentials.forget")((token) => sessions.invalidate(CredentialHash.of(token)))
      })
    })
  ).pipe(Layer.provide(CredentialsRepo.layer))
}

type _Lookup = (hash: string) => Effect.Effect<Option.Option<CredentialsRepo.Found>>
type _Memory = Cache.Cache<string, Option.Option<CredentialsRepo.Found>>

const _remember = (lookup: _Lookup): Effect.Effect<_Memory> =>
  Cache.makeWith({
    capacity: _capacity,
    lookup,
    // A lost database is not an answer.
    timeToLive: Exit.match({ onFailure: () => Duration.zero, onSuccess: () => _rememberedFor })
  })

/** Uninterruptible, because a caller that goes away would interrupt all who wait for the same look-up. */
const _find = (memory: _Memory, form: RegExp, secret: string) =>
  Option.match(
    Option.liftPredicate(secret, (text) => form.test(text)),
    {
      onNone: () => Effect.succeedNone,
      onSome: (wellFormed) => Effect.uninterruptible(memory.get(CredentialHash.of(wellFormed)))
    }
  )

export { Credentials }
