import { ShardingConfig, SqlMessageStorage, SqlRunnerStorage } from "@effect/cluster"
import { NodeContext } from "@effect/platform-node"
import { Postgres } from "@tessera/infra/storage/postgres"
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
        Layer.mergeAll(SqlMessageStorage.layer, SqlRunnerStorage.layer).pipe(
          Layer.provide(ShardingConfig.layer()),
          Layer.provide(Postgres.layer({ url: urls.infra, name: "migrate", connections: 3 }))
        )
      ).pipe(Effect.scoped)
    })
} as const

export { Migrate }
