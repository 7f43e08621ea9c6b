import { TestDatabase } from "@tessera/infra/testing/test-database"
import { Effect, Layer, Redacted } from "effect"
import { Migrate } from "../migrate/migrate.ts"

/** The database of a test with all tables of the product, as its migrations leave them. */
const MigratedDatabase = {
  layer: Layer.effectDiscard(
    Effect.flatMap(TestDatabase, ({ url }) =>
      Migrate.run({
        owner: Redacted.make(url("tessera_owner")),
        infra: Redacted.make(url("tessera_infra"))
      })
    )
  ).pipe(Layer.orDie)
} as const

export { MigratedDatabase }
