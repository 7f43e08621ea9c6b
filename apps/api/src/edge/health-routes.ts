import { HttpLayerRouter, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { ClusterService } from "@tessera/infra/cluster/cluster-service"
import { LeaderStore } from "@tessera/infra/cluster/leader-store"
import { HealthService } from "@tessera/infra/observe/health-service"
import { Duration, Effect, Option } from "effect"
import { EdgeSettings } from "./edge-settings.ts"
import { ManagementAccess } from "./management-access.ts"
import { ProblemResponse } from "./problem-response.ts"

const _patience = Duration.seconds(2)

/**
 * `/health/live` (restart me if not), `/health/ready` (send me traffic), and `/health`, which shows
 * management also the phase, each check and the cluster: runners, own shards, singletons with their last
 * run. 200 or 503.
 */
const HealthRoutes = HttpLayerRouter.use((router) =>
  Effect.gen(function* () {
    const health = yield* HealthService
    const settings = yield* EdgeSettings
    const { address, health: runners, shardsOwned } = yield* ClusterService
    const leaders = yield* LeaderStore

    const cluster = Effect.all({
      address: Effect.succeed(address),
      runners,
      shardsOwned,
      singletons: leaders.all
    }).pipe(
      // A report of what is wrong must come also when it is the database.
      Effect.timeout(_patience),
      Effect.sandbox,
      Effect.option,
      Effect.map(Option.getOrNull)
    )

    const live = Effect.map(
      health.stuck,
      Option.match({ onNone: () => _answer(true, {}), onSome: () => _answer(false, {}) })
    )
    const ready = Effect.map(health.report, (report) => _answer(report.ready, {}))
    const detailed = Effect.gen(function* () {
      const { headers } = yield* HttpServerRequest.HttpServerRequest
      const { ready: isReady, phase, checks } = yield* health.report
      const details = Effect.map(cluster, (view) => ({ phase, checks, cluster: view }))
      const shown = ManagementAccess.allows(headers, settings) ? yield* details : {}
      return _answer(isReady, shown)
    })

    yield* router.add("GET", "/health", detailed)
    yield* router.add("GET", "/health/live", live)
    yield* router.add("GET", "/health/ready", ready)
  })
)

const _answer = (ok: boolean, details: Readonly<Record<string, unknown>>) =>
  HttpServerResponse.setHeader(
    ok
      ? HttpServerResponse.unsafeJson({ status: "ok", ...details })
      : ProblemResponse.of({ status: 503, members: details }),
    "cache-control",
    "no-store"
  )

export { HealthRoutes }
