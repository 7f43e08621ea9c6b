import { SqlClient, SqlSchema } from "@effect/sql"
import { InfraSql } from "@tessera/infra/storage/infra-sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { Access } from "@tessera/shared/access/access"
import { Session } from "@tessera/shared/session/session"
import { Tenant } from "@tessera/shared/tenant/tenant"
import { Context, Effect, Layer, type Option, Schema } from "effect"

const _Member = Schema.Struct({
  tenantId: Tenancy.Id,
  memberId: Session.UserId,
  passwordHash: Schema.String
})

const _Profile = Schema.Struct({
  actorId: Schema.String,
  name: Schema.String,
  email: Schema.NullOr(Schema.String),
  role: Access.Role,
  tenant: Tenant.Model
})

const _Opening = Schema.Struct({
  tenantId: Tenancy.Id,
  id: Schema.UUID,
  memberId: Session.UserId,
  tokenHash: Schema.String,
  /** Whole hours from now, by the clock of the database. */
  hours: Schema.Int
})

declare namespace SessionRepo {
  type Member = typeof _Member.Type
  type Profile = typeof _Profile.Type
  type Opening = typeof _Opening.Type
  type Shape = {
    /** Of every tenant, oldest membership first: who signs in has not said which tenant. */
    readonly membersByEmail: (email: Session.Email) => Effect.Effect<ReadonlyArray<Member>>
    /** Also drops the expired sessions of the tenant, so that the table stays small without a sweep. */
    readonly open: (opening: Opening) => Effect.Effect<void, never, Tenancy.Current>
    readonly close: (tokenHash: string) => Effect.Effect<void, never, Tenancy.Current>
    /** None when the member or the key was deleted a moment ago. */
    readonly profile: Effect.Effect<Option.Option<Profile>, never, Tenancy.Current>
  }
}

/** Rows of `sessions` and `members` (migration 0002). Only `membersByEmail` looks across tenants. */
class SessionRepo extends Context.Tag("api/session/SessionRepo")<SessionRepo, SessionRepo.Shape>() {
  static readonly layer = Layer.effect(
    SessionRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const infra = yield* InfraSql
      const database = yield* Database

      const selectMembers = SqlSchema.findAll({
        Request: Session.Email,
        Result: _Member,
        execute: (email) => infra`
          SELECT tenant_id, id AS member_id, password_hash FROM members
          WHERE email = ${email} ORDER BY created_at, id`
      })

      const deleteExpired = SqlSchema.void({
        Request: Tenancy.Id,
        execute: (tenantId) => sql`DELETE FROM sessions WHERE tenant_id = ${tenantId} AND expires_at < now()`
      })

      const insert = SqlSchema.void({
        Request: _Opening,
        execute: ({ hours, ...row }) => sql`
          INSERT INTO sessions (tenant_id, id, member_id, token_hash, expires_at)
          VALUES (${row.tenantId}, ${row.id}, ${row.memberId}, ${row.tokenHash},
            now() + make_interval(hours => ${hours}))`
      })

      const deleteByToken = SqlSchema.void({
        Request: Schema.Struct({ tenantId: Tenancy.Id, tokenHash: Schema.String }),
        execute: ({ tenantId, tokenHash }) => sql`
          DELETE FROM sessions WHERE tenant_id = ${tenantId} AND token_hash = ${tokenHash}`
      })

      const selectProfile = SqlSchema.findOne({
        Request: Schema.Struct({ tenantId: Tenancy.Id, actorId: Schema.String }),
        Result: _Profile,
        execute: ({ actorId, tenantId }) => sql`
          SELECT a.id AS actor_id, a.name, a.email, a.role,
            json_build_object('id', t.id, 'slug', t.slug, 'name', t.name) AS tenant
          FROM (
            SELECT tenant_id, id::text, name, email, role FROM members
            UNION ALL
            SELECT tenant_id, id::text, name, NULL, role FROM api_keys
          ) a
          JOIN tenants t ON t.id = a.tenant_id
          WHERE a.tenant_id = ${tenantId} AND a.id = ${actorId}`
      })

      const open = Effect.fn("SessionRepo.open")((opening: SessionRepo.Opening) =>
        deleteExpired(opening.tenantId).pipe(
          Effect.zipRight(insert(opening)),
          Effect.orDie,
          database.transaction
        )
      )

      const close = Effect.fn("SessionRepo.close")((tokenHash: string) =>
        Tenancy.Current.pipe(
          Effect.flatMap(({ tenantId }) => Effect.orDie(deleteByToken({ tenantId, tokenHash }))),
          database.transaction
        )
      )

      const profile = Tenancy.Current.pipe(
        Effect.flatMap(({ actorId, tenantId }) => Effect.orDie(selectProfile({ actorId, tenantId }))),
        database.transaction,
        Effect.withSpan("SessionRepo.profile")
      )

      return SessionRepo.of({
        membersByEmail: Effect.fn("SessionRepo.membersByEmail")((email) =>
          Effect.orDie(selectMembers(email))
        ),
        open,
        close,
        profile
      })
    })
  )
}

export { SessionRepo }
