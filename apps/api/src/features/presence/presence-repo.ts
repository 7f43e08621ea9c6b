import { SqlClient, SqlSchema } from "@effect/sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { Context, Effect, Layer, Option, Schema } from "effect"

declare namespace PresenceRepo {
  type Shape = {
    /** Of the one who asks; none for an API key. */
    readonly name: Effect.Effect<Option.Option<string>, never, Tenancy.Current>
  }
}

/** Reads names of `members` (migration 0002). */
class PresenceRepo extends Context.Tag("api/presence/PresenceRepo")<PresenceRepo, PresenceRepo.Shape>() {
  static readonly layer = Layer.effect(
    PresenceRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const database = yield* Database

      const select = SqlSchema.findOne({
        Request: Schema.Struct({ tenantId: Tenancy.Id, actorId: Schema.String }),
        Result: Schema.Struct({ name: Schema.String }),
        execute: ({ actorId, tenantId }) => sql`
          SELECT name FROM members WHERE tenant_id = ${tenantId} AND id::text = ${actorId}`
      })

      return PresenceRepo.of({
        name: Tenancy.Current.pipe(
          Effect.flatMap(({ actorId, tenantId }) => Effect.orDie(select({ actorId, tenantId }))),
          Effect.map(Option.map(({ name }) => name)),
          database.transaction,
          Effect.withSpan("PresenceRepo.name")
        )
      })
    })
  )
}

export { PresenceRepo }
