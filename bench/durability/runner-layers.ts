import { ActorMessage } from "@tessera/infra/cluster/actor-message"
import { ClusterService } from "@tessera/infra/cluster/cluster-service"
import { JobService } from "@tessera/infra/jobs/job-service"
import { Lanes } from "@tessera/infra/lanes/lanes"
import { InfraSql } from "@tessera/infra/storage/infra-sql"
import { Postgres } from "@tessera/infra/storage/postgres"
import { Database } from "@tessera/infra/tenancy/database"
import { JournalEngine } from "@tessera/infra/workflows/journal-engine"
import { Config, Effect, Layer } from "effect"

/** The product's sizes. */
const connections = 12

const settings = Config.all({
  app: Config.redacted("DATABASE_APP_URL"),
  infra: Config.redacted("DATABASE_INFRA_URL"),
  replica: Config.string("REPLICA_ID"),
  port: Config.port("RUNNER_PORT"),
  switches: Config.all({
    messages: Config.literal("batched", "stock")("CLUSTER_MESSAGES"),
    journal: Config.literal("on", "off")("CLUSTER_JOURNAL")
  })
})

/** What a replica of the product has below its features, as far as messages, jobs and workflows need it. */
const RunnerLayers = Layer.unwrapEffect(
  Effect.map(settings, ({ app, infra, port, replica, switches }) => {
    const runner: ClusterService.Options = {
      replica,
      host: "127.0.0.1",
      listenHost: "127.0.0.1",
      port,
      listenPort: port,
      transport: "socket",
      health: "ping",
      locks: "advisory",
      url: infra,
      ...switches
    }
    return JobService.layer.pipe(
      Layer.provideMerge(Lanes.layer),
      Layer.provideMerge(Database.layer),
      Layer.provideMerge(JournalEngine.layer(runner)),
      Layer.provideMerge(ClusterService.layer(runner)),
      Layer.provideMerge(ActorMessage.layer),
      Layer.provideMerge(
        InfraSql.layer({ url: infra, name: `${replica}-infra`, connections: connections / 2 })
      ),
      Layer.provideMerge(Postgres.layer({ url: app, name: `${replica}-app`, connections }))
    )
  })
)

export { RunnerLayers }
