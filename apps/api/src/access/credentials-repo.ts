import { SqlSchema } from "@effect/sql"
import { InfraSql } from "@tessera/infra/storage/infra-sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { Access } from "@tessera/shared/access/access"
import { Context, Effect, Layer, type Option, Schema } from "effect"

const _Found = Schema.Struct({ tenantId: Tenancy.Id, actorId: Schema.NonEmptyString, role: Access.Role })

declare namespace CredentialsRepo {
  type Found = typeof _Found.Type
  type Shape = {
    /** Unexpired sessions only; the role is the member's of now, not the one of sign-in. */
    readonly bySession: (tokenHash: string) => Effect.Effect<Option.Option<Found>>
    /** Unrevoked keys only. */
    readonly byApiKey: (keyHash: string) => Effect.Effect<Option.Option<Found>>
  }
}

/**
 * Whose credential is it? Reads across tenants as `tessera_infra`: the tenant is the answer, not the
 * question.
 */
class CredentialsRepo extends Context.Tag("api/access/CredentialsRepo")<
  CredentialsRepo,
  CredentialsRepo.Shape
>() {
  static readonly layer = Layer.effect(
    CredentialsRepo,
    Effect.gen(function* () {
      const sql = yield* InfraSql

      const selectSession = SqlSchema.findOne({
        Request: Schema.String,
        Result: _Found,
        execute: (tokenHash) => sql`
          SELECT s.tenant_id, s.member_id AS actor_id, m.role
          FROM sessions s
          JOIN members m ON m.tenant_id = s.tenant_id AND m.id = s.member_id
          WHERE s.token_hash = ${tokenHash} AND s.expires_at > now()`
      })

      const selectApiKey = SqlSchema.findOne({
        Request: Schema.String,
        Result: _Found,
        execute: (keyHash) => sql`
          SELECT tenant_id, id AS actor_id, role FROM api_keys
          WHERE key_hash = ${keyHash} AND revoked_at IS NULL`
      })

      return CredentialsRepo.of({
        bySession: Effect.fn("CredentialsRepo.bySession")((tokenHash) =>
          Effect.orDie(selectSession(tokenHash))
        ),
        byApiKey: Effect.fn("CredentialsRepo.byApiKey")((keyHash) => Effect.orDie(selectApiKey(keyHash)))
      })
    })
  )
}

export { CredentialsRepo }
