import { NodeContext } from "@effect/platform-node"
import { ActorMessage } from "@tessera/infra/cluster/actor-message"
import { ClusterService } from "@tessera/infra/cluster/cluster-service"
import { MessageCare } from "@tessera/infra/cluster/message-care"
import { MessageRetention } from "@tessera/infra/cluster/message-retention"
import { EventBus } from "@tessera/infra/events/event-bus"
import { EventSchemas } from "@tessera/infra/events/event-schemas"
import { JobService } from "@tessera/infra/jobs/job-service"
import { Lanes } from "@tessera/infra/lanes/lanes"
import { MachineStore } from "@tessera/infra/machines/machine-store"
import { ClusterHealth } from "@tessera/infra/observe/cluster-health"
import { HealthService } from "@tessera/infra/observe/health-service"
import { Metrics } from "@tessera/infra/observe/metrics"
import { PostgresHealth } from "@tessera/infra/observe/postgres-health"
import { Outbound } from "@tessera/infra/outbound/outbound"
import { Presence } from "@tessera/infra/realtime/presence"
import { InfraSql } from "@tessera/infra/storage/infra-sql"
import { ObjectStore } from "@tessera/infra/storage/object-store"
import { Postgres } from "@tessera/infra/storage/postgres"
import { BootGuard } from "@tessera/infra/tenancy/boot-guard"
import { Database } from "@tessera/infra/tenancy/database"
import { WebhookSchedule } from "@tessera/infra/webhooks/webhook-schedule"
import { WebhookService } from "@tessera/infra/webhooks/webhook-service"
import { WorkerPool } from "@tessera/infra/workers/worker-pool"
import { JournalEngine } from "@tessera/infra/workflows/journal-engine"
import { SagaTimeline } from "@tessera/infra/workflows/saga-timeline"
import { Event } from "@tessera/shared/event/event"
import { Layer, Option } from "effect"
import { AccessSettings } from "./access/access-settings.ts"
import { type Config } from "./config.ts"
import { EdgeSettings } from "./edge/edge-settings.ts"

/** Parses at once on one replica; each may use a core for minutes, so there are few. */
const _parsers = 2

const _schedules = {
  demo: WebhookSchedule.demo,
  development: WebhookSchedule.demo,
  production: WebhookSchedule.production
} as const satisfies Record<Config.Mode, WebhookSchedule.Shape>

/**
 * Everything below the features: one layer per mechanism of `packages/infra`, bound to this replica's
 * settings.
 */
const ReplicaLayers = {
  of: (config: Config.Shape) => {
    const storage = BootGuard.layer.pipe(
      Layer.provideMerge(
        Postgres.layer({ url: config.appUrl, name: `${config.replicaId}-app`, connections: config.poolSize })
      ),
      Layer.provideMerge(
        InfraSql.layer({
          url: config.infraUrl,
          name: `${config.replicaId}-infra`,
          connections: Math.ceil(config.poolSize / 2)
        })
      )
    )
    const runner: ClusterService.Options = {
      replica: config.replicaId,
      host: config.runnerHost,
      port: config.runnerPort,
      listenHost: config.runnerListenHost,
      listenPort: Option.getOrElse(config.runnerListenPort, () => config.runnerPort),
      url: config.infraUrl,
      ...config.cluster
    }
    const cluster = JournalEngine.layer(runner).pipe(Layer.provideMerge(ClusterService.layer(runner)))
    const outward = Layer.mergeAll(
      Outbound.layer({ allow: config.outboundAllow }),
      ObjectStore.layerFolder({
        folder: `${config.dataDir}/objects`,
        secret: config.objectSecret,
        baseUrl: config.selfUrl
      }).pipe(Layer.provide(NodeContext.layer)),
      WorkerPool.layer({ workerUrl: config.parseWorker, size: _parsers })
    )
    const upkeep = Layer.mergeAll(
      ClusterHealth.layer,
      MessageCare.layer,
      MessageRetention.layer({ window: config.messageRetention })
    )
    return WebhookService.layer({ schedule: _schedules[config.mode] }).pipe(
      Layer.provideMerge(
        Layer.mergeAll(EventBus.layer.pipe(Layer.provide(_schemas)), JobService.layer, Presence.layer)
      ),
      Layer.provideMerge(SagaTimeline.layer({ replica: config.replicaId })),
      Layer.provideMerge(MachineStore.layer({ replica: config.replicaId })),
      Layer.provideMerge(Lanes.layer),
      Layer.provideMerge(upkeep),
      Layer.provideMerge(outward),
      Layer.provideMerge(Database.layer),
      Layer.provideMerge(cluster),
      Layer.provideMerge(ActorMessage.layer),
      Layer.provideMerge(PostgresHealth),
      Layer.provideMerge(Layer.merge(HealthService.layer, Metrics.layer)),
      Layer.provideMerge(storage),
      Layer.provideMerge(_settings(config))
    )
  }
} as const

const _schemas = Layer.succeedContext(EventSchemas.context(Event.registry))

const _settings = (config: Config.Shape) =>
  Layer.mergeAll(
    Layer.succeed(AccessSettings, {
      publicUrl: new URL(config.publicUrl),
      demo: config.mode === "demo",
      dataDir: config.dataDir
    }),
    Layer.succeed(EdgeSettings, {
      webRoot: config.webRoot,
      managementToken: config.managementToken,
      demo: config.mode === "demo"
    })
  )

export { ReplicaLayers }
