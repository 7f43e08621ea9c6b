import { type SqlClient } from "@effect/sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { Effect } from "effect"

/** Whoever acts, as people know them, for a statement: address of a member, name of a key, or else the id. */
const ActorRepo = {
  name: (sql: SqlClient.SqlClient) =>
    Effect.map(
      Tenancy.Current,
      ({ actorId, tenantId }) => sql`coalesce(
        (SELECT email FROM members WHERE tenant_id = ${tenantId} AND id::text = ${actorId}),
        (SELECT name FROM api_keys WHERE tenant_id = ${tenantId} AND id::text = ${actorId}), ${actorId})`
    )
} as const

export { ActorRepo }
