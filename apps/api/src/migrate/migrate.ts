import { ShardingConfig, SqlMessageStorage, SqlRunnerStorage } from "@effect/cluster"
import { NodeContext } from "@effect/platform-node"
import { ClusterTables } from "@tessera/infra/cluster/cluster-tables"
import { Postgres } from "@tessera/infra/storage/postgres"
import { JournalTables } from "@tessera/infra/workflows/journal-tables"
import { Effect, Layer, type Redacted } from "effect"
import { Migrations } from "../migrations/migrations.ts"

/**
 * Brings a database whose roles exist to the newest form: app tables as the owner, cluster tables as infra.
 */
const Migrate = {
  run: (urls: { readonly owner: Redacted.Redacted; readonly infra: Redacted.Redacted }) =>
    Effect.gen(function* () {
      yield* Layer.build(
        Migrations.pipe(
          Layer.provide(Postgres.layer({ url: urls.owner, name: "migrate", connections: 1 })),
          Layer.provide(NodeContext.layer)
        )
      ).pipe(Effect.scoped)
      // Replicas that boot at once on an empty database would race on CREATE TABLE; so the tables stand
      // before.
      yield* Layer.build(
        Layer.effectDiscard(Effect.zipRight(ClusterTables.tune, JournalTables.create)).pipe(
          Layer.provide(Layer.mergeAll(SqlMessageStorage.layer, SqlRunnerStorage.layer)),
          Layer.provide(ShardingConfig.layer()),
          Layer.provide(Postgres.layer({ url: urls.infra, name: "migrate", connections: 3 }))
        )
      ).pipe(Effect.scoped)
    })
} as const

export { Migrate }
