import { HttpLayerRouter, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { HealthService } from "@tessera/infra/observe/health-service"
import { Effect, Option } from "effect"
import { EdgeSettings } from "./edge-settings.ts"
import { ManagementAccess } from "./management-access.ts"
import { ProblemResponse } from "./problem-response.ts"

/**
 * `/health/live` (restart me if not), `/health/ready` (send me traffic), and `/health`, which shows
 * management also the phase and each check. 200 or 503.
 */
const HealthRoutes = HttpLayerRouter.use((router) =>
  Effect.gen(function* () {
    const health = yield* HealthService
    const settings = yield* EdgeSettings

    const live = Effect.map(
      health.stuck,
      Option.match({ onNone: () => _answer(true, {}), onSome: () => _answer(false, {}) })
    )
    const ready = Effect.map(health.report, (report) => _answer(report.ready, {}))
    const detailed = Effect.gen(function* () {
      const { headers } = yield* HttpServerRequest.HttpServerRequest
      const { ready: isReady, phase, checks } = yield* health.report
      const details = ManagementAccess.allows(headers, settings) ? { phase, checks } : {}
      return _answer(isReady, details)
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
