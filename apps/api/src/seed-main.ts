import { Reactivity } from "@effect/experimental"
import { FetchHttpClient } from "@effect/platform"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { InfraSql } from "@tessera/infra/storage/infra-sql"
import { Postgres } from "@tessera/infra/storage/postgres"
import { Database } from "@tessera/infra/tenancy/database"
import { Config, Effect, Layer } from "effect"
import { DemoRepo } from "./seed/demo-repo.ts"
import { Seed } from "./seed/seed.ts"

const _environment = Config.all({
  mode: Config.string("APP_MODE").pipe(Config.withDefault("demo")),
  appUrl: Config.redacted("DATABASE_APP_URL"),
  infraUrl: Config.redacted("DATABASE_INFRA_URL"),
  publicUrl: Config.string("PUBLIC_URL"),
  receiverUrl: Config.string("RECEIVER_URL"),
  dataDir: Config.string("DATA_DIR")
})

/** Demo accounts have no place where real customers are. */
const _main = Effect.gen(function* () {
  const { mode, appUrl, infraUrl, ...options } = yield* _environment
  const repo = DemoRepo.layer.pipe(
    Layer.provide(Database.layer),
    Layer.provide(Postgres.layer({ url: appUrl, name: "seed", connections: 2 })),
    Layer.provide(InfraSql.layer({ url: infraUrl, name: "seed", connections: 2 })),
    Layer.provide(Reactivity.layer)
  )
  yield* Effect.unless(Effect.provide(Seed.run(options), repo), () => mode === "production")
})

NodeRuntime.runMain(_main.pipe(Effect.provide([NodeContext.layer, FetchHttpClient.layer])))
