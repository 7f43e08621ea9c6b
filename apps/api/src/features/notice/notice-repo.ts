import { SqlClient, SqlSchema } from "@effect/sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { Access } from "@tessera/shared/access/access"
import { Context, Effect, Layer, Schema } from "effect"

declare namespace NoticeRepo {
  type Member = { readonly id: string; readonly role: Access.Role }
  type Shape = {
    readonly members: Effect.Effect<ReadonlyArray<NoticeRepo.Member>, never, Tenancy.Current>
  }
}

/** Reads `members` (migration 0002). */
class NoticeRepo extends Context.Tag("api/notice/NoticeRepo")<NoticeRepo, NoticeRepo.Shape>() {
  static readonly layer = Layer.effect(
    NoticeRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const database = yield* Database

      const select = SqlSchema.findAll({
        Request: Tenancy.Id,
        Result: Schema.Struct({ id: Schema.String, role: Access.Role }),
        execute: (tenantId) => sql`SELECT id, role FROM members WHERE tenant_id = ${tenantId}`
      })

      return NoticeRepo.of({
        members: Tenancy.Current.pipe(
          Effect.flatMap(({ tenantId }) => Effect.orDie(select(tenantId))),
          database.transaction,
          Effect.withSpan("NoticeRepo.members")
        )
      })
    })
  )
}

export { NoticeRepo }
