import { EntityAddress, EntityId, EntityType, RunnerAddress, ShardId, Snowflake } from "@effect/cluster"
import {
  AlreadyProcessingMessage,
  EntityNotAssignedToRunner,
  MailboxFull,
  MalformedMessage,
  PersistenceError,
  RunnerUnavailable
} from "@effect/cluster/ClusterError"
import { HttpClient, HttpLayerRouter } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { SqlError } from "@effect/sql"
import { expect, layer } from "@effect/vitest"
import { ClusterError } from "@tessera/infra/cluster/cluster-error"
import { JobError } from "@tessera/infra/jobs/job-error"
import { Effect, Layer, Logger } from "effect"
import { EdgeMiddleware } from "./edge-middleware.ts"

const address = new EntityAddress.EntityAddress({
  shardId: ShardId.make("default", 1),
  entityType: EntityType.EntityType.make("Cart"),
  entityId: EntityId.make("7")
})

/** How such an error gets to the edge: as a failure that nobody named, or as a defect. */
const thrown = {
  "/full": Effect.fail(ClusterError.from(new MailboxFull({ address }))),
  "/full-defect": Effect.die(new MailboxFull({ address })),
  "/twice": Effect.die(new AlreadyProcessingMessage({ envelopeId: Snowflake.Snowflake("1"), address })),
  "/storage": Effect.die(new PersistenceError({ cause: new Error("password hunter2") })),
  "/gone": Effect.die(new RunnerUnavailable({ address: RunnerAddress.make("10.0.0.1", 1) })),
  "/moving": Effect.die(new EntityNotAssignedToRunner({ address })),
  "/stale": Effect.fail(ClusterError.of("StaleOwner", "Cart/7")),
  "/late": Effect.fail(ClusterError.of("Timeout")),
  "/backlog": Effect.die(new JobError({ reason: "Backlog", queue: "mail", retryAfterSeconds: 2 })),
  "/database": Effect.die(new SqlError.SqlError({ cause: Object.assign(new Error(), { code: "57P01" }) })),
  "/malformed": Effect.die(new MalformedMessage({ cause: new Error("hunter2") }))
} as const

const routes = Layer.mergeAll(
  EdgeMiddleware.layer,
  HttpLayerRouter.use((router) =>
    Effect.forEach(Object.entries(thrown), ([path, effect]) =>
      router.add("GET", path as `/${string}`, Effect.orDie(effect))
    )
  )
)

const server = HttpLayerRouter.serve(routes, { disableLogger: true, disableListenLog: true }).pipe(
  Layer.provideMerge(NodeHttpServer.layerTest),
  Layer.provide(Logger.remove(Logger.defaultLogger))
)

layer(server, { excludeTestServices: true })("a fault of the cluster", (it) => {
  it.effect("answers with what the caller may do about it, and when", () =>
    Effect.gen(function* () {
      const answers = yield* Effect.forEach(Object.keys(thrown), (path) =>
        Effect.flatMap(HttpClient.get(path), (response) =>
          Effect.map(response.json, (body) => ({ path, body, response }))
        )
      )

      expect(
        answers.map(({ body, path, response }) => [
          path,
          response.status,
          response.headers["retry-after"],
          (body as { readonly code: string }).code
        ])
      ).toEqual([
        ["/full", 429, "1", "Cluster.MailboxFull"],
        ["/full-defect", 429, "1", "Cluster.MailboxFull"],
        ["/twice", 409, "1", "Cluster.AlreadyProcessing"],
        ["/storage", 503, "1", "Cluster.Persistence"],
        ["/gone", 503, "5", "Cluster.RunnerUnavailable"],
        ["/moving", 503, "5", "Cluster.NotAssigned"],
        ["/stale", 503, "5", "Cluster.StaleOwner"],
        ["/late", 503, "1", "Cluster.Timeout"],
        ["/backlog", 503, "2", "Job.Backlog"],
        ["/database", 503, "1", "Database.Unavailable"],
        ["/malformed", 500, undefined, "Internal"]
      ])
      expect(JSON.stringify(answers.map(({ body }) => body))).not.toContain("hunter2")
    })
  )
})
