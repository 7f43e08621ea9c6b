import { Reactivity } from "@effect/experimental"
import { type SqlClient } from "@effect/sql"
import { Context, Layer } from "effect"
import { InfraStatements } from "./infra-statements.ts"
import { Postgres } from "./postgres.ts"

/**
 * The pool that logs in as `tessera_infra`: lane claims, sweeps, retention, gauges, credential look-up.
 * It sees across tenants, so no feature may use it for what a user asked for.
 */
class InfraSql extends Context.Tag("infra/storage/InfraSql")<InfraSql, SqlClient.SqlClient>() {
  /** With `InfraStatements` beside it. */
  static readonly layer = (options: Postgres.Options) =>
    Layer.scoped(InfraSql, Postgres.make(options)).pipe(
      Layer.provide(Reactivity.layer),
      Layer.merge(InfraStatements.layer(options))
    )
}

export { InfraSql }
