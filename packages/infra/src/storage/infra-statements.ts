import { Context, Duration, Effect, Layer } from "effect"
import { type Postgres } from "./postgres.ts"
import { PreparedPool } from "./prepared-pool.ts"

/** Statements of three batchers, two at a time each. */
const _connections = 6

/** Above the statement timeout of the roles, 30 s. */
const _patience = Duration.seconds(35)

/**
 * The hot statements of `tessera_infra`, prepared, on connections of their own. Rows come as the driver gives
 * them: no camel case, `bigint` as text.
 */
class InfraStatements extends Context.Tag("infra/storage/InfraStatements")<
  InfraStatements,
  PreparedPool.Shape
>() {
  static readonly layer = (options: Postgres.Options) =>
    Layer.effect(InfraStatements, Effect.map(PreparedPool, InfraStatements.of)).pipe(
      Layer.provide(
        PreparedPool.layer({
          url: options.url,
          name: `${options.name}-batches`,
          connections: _connections,
          patience: _patience
        })
      )
    )
}

export { InfraStatements }
