import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { HttpClient, HttpLayerRouter } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { describe, expect, it } from "@effect/vitest"
import { ClusterService } from "@tessera/infra/cluster/cluster-service"
import { LeaderStore } from "@tessera/infra/cluster/leader-store"
import { HealthService } from "@tessera/infra/observe/health-service"
import { Metrics } from "@tessera/infra/observe/metrics"
import { Effect, HashSet, Layer, Option, Redacted } from "effect"
import { DocsRoutes } from "./docs-routes.ts"
import { EdgeMiddleware } from "./edge-middleware.ts"
import { EdgeSettings } from "./edge-settings.ts"
import { HealthRoutes } from "./health-routes.ts"
import { MetricsRoute } from "./metrics-route.ts"
import { StaticWeb } from "./static-web.ts"

const html = "text/html,application/xhtml+xml"
const page = `<!doctype html><script>document.title = "dark"</script><script src="/assets/a-1.js"></script>`

const webRoot = Effect.acquireRelease(
  Effect.sync(() => {
    const root = mkdtempSync(join(tmpdir(), "tessera-web-"))
    mkdirSync(join(root, "web", "assets"), { recursive: true })
    writeFileSync(join(root, "secret.txt"), "outside of the web root")
    writeFileSync(join(root, "web", "index.html"), page)
    writeFileSync(join(root, "web", "assets", "a-1.js"), "export const a = 1 // ".padEnd(4000, "a"))
    return root
  }),
  (root) => Effect.sync(() => rmSync(root, { recursive: true }))
)

const cluster = Layer.merge(
  Layer.succeed(ClusterService, {
    address: "10.0.0.1:34431",
    snowflake: Effect.succeed(1n),
    health: Effect.succeed([{ address: "10.0.0.1:34431", healthy: true, self: true }]),
    shards: Effect.succeed([1, 2]),
    shardsOwned: Effect.succeed(2),
    entities: Effect.succeed(0),
    leave: Effect.void
  }),
  Layer.succeed(LeaderStore, {
    lead: () => Effect.die("not asked"),
    ran: () => Effect.die("not asked"),
    leading: Effect.succeed(HashSet.empty()),
    all: Effect.succeed([])
  })
)

const server = (settings: { readonly demo: boolean }) =>
  Layer.unwrapScoped(
    Effect.map(webRoot, (root) =>
      HttpLayerRouter.serve(
        Layer.mergeAll(EdgeMiddleware.layer, DocsRoutes, HealthRoutes, MetricsRoute, StaticWeb),
        { disableLogger: true, disableListenLog: true }
      ).pipe(
        Layer.provideMerge(NodeHttpServer.layerTest),
        Layer.provideMerge(HealthService.layer),
        Layer.provide(Metrics.layer),
        Layer.provide(cluster),
        Layer.provide(
          Layer.succeed(EdgeSettings, {
            demo: settings.demo,
            webRoot: join(root, "web"),
            managementToken: Option.some(Redacted.make("let-me-in"))
          })
        )
      )
    )
  )

const get = (url: string, headers: Record<string, string> = {}) => HttpClient.get(url, { headers })

it.layer(server({ demo: false }))("the routes of the edge", (it) => {
  describe("the web app", () => {
    it.effect("serves any page as index.html, uncached, with its inline script allowed by hash", () =>
      Effect.gen(function* () {
        const responses = yield* Effect.all([
          get("/", { accept: html }),
          get("/orders/42?x=1", { accept: html })
        ])

        for (const response of responses) {
          expect(yield* response.text).toBe(page)
          expect(response.headers["cache-control"]).toBe("no-cache")
          expect(response.headers["content-security-policy"]).toMatch(/script-src 'self' 'sha256-[^']+=';/)
        }
      })
    )

    it.effect("serves hashed files for ever, compressed, and not again to who has them", () =>
      Effect.gen(function* () {
        const first = yield* get("/assets/a-1.js", { "accept-encoding": "gzip" })
        const again = yield* get("/assets/a-1.js", { "if-none-match": first.headers.etag ?? "" })

        expect(first.headers).toMatchObject({
          "content-type": "text/javascript; charset=utf-8",
          "content-encoding": "gzip",
          "cache-control": "public, max-age=31536000, immutable"
        })
        expect(again.status).toBe(304)
      })
    )

    it.effect.each([
      "/v1/orders",
      "/rpc",
      "/objects/x",
      "/health/x",
      "/assets/missing.js/../../../secret.txt",
      "/..%2fsecret.txt",
      "/%2e%2e/secret.txt"
    ])("never answers %s with a file", (url) =>
      Effect.gen(function* () {
        const response = yield* get(url, { accept: url.includes("secret") ? "*/*" : html })

        expect(response.status).toBe(404)
        expect(response.headers["content-type"]).toBe("application/problem+json")
      })
    )
  })

  describe("health", () => {
    it.effect("is live while it boots, ready after it, red when it drains", () =>
      Effect.gen(function* () {
        const health = yield* HealthService
        const statuses = Effect.map(
          Effect.all([get("/health/live"), get("/health/ready"), get("/health")]),
          (responses) => responses.map(({ status }) => status)
        )

        const booting = yield* statuses
        yield* health.booted
        const serving = yield* statuses
        const hidden = yield* (yield* get("/health")).json
        const shown = yield* (yield* get("/health", { authorization: "Bearer let-me-in" })).json
        const wrong = yield* (yield* get("/health", { authorization: "Bearer let-me-out" })).json
        yield* health.drain
        const draining = yield* statuses

        expect([booting, serving, draining]).toEqual([
          [200, 503, 503],
          [200, 200, 200],
          [200, 503, 503]
        ])
        expect(hidden).toEqual({ status: "ok" })
        expect(shown).toEqual({
          status: "ok",
          phase: "serving",
          checks: [],
          cluster: {
            address: "10.0.0.1:34431",
            runners: [{ address: "10.0.0.1:34431", healthy: true, self: true }],
            shardsOwned: 2,
            singletons: []
          }
        })
        expect(wrong).toEqual({ status: "ok" })
      })
    )

    it.effect("is dead once it is stuck", () =>
      Effect.gen(function* () {
        const health = yield* HealthService
        yield* health.markStuck("test")

        const live = yield* get("/health/live")

        expect(live.status).toBe(503)
      })
    )
  })

  it.effect("shows metrics to management only, including the durations of requests", () =>
    Effect.gen(function* () {
      const refused = yield* get("/metrics")
      const shown = yield* get("/metrics", { authorization: "Bearer let-me-in" })

      expect(refused.status).toBe(401)
      expect(yield* shown.text).toMatch(/http_request_duration_seconds_count\{method="GET",status="4xx"\} \d/)
    })
  )

  it.effect("documents the contract without another host", () =>
    Effect.gen(function* () {
      const document = yield* (yield* get("/openapi.json")).json
      const docs = yield* get("/docs")

      expect(document).toMatchObject({ openapi: "3.1.0", paths: { "/v1/auth/login": {} } })
      expect(yield* docs.text).toContain("api-reference")
      expect(docs.headers["content-security-policy"]).toContain("script-src 'self' 'unsafe-inline';")
      expect(yield* docs.text).not.toMatch(/<(script|link)[^>]+(src|href)="https?:/)
    })
  )
})

it.layer(server({ demo: true }))("the routes of the edge in the demo", (it) => {
  it.effect("shows metrics to everyone", () =>
    Effect.gen(function* () {
      const shown = yield* get("/metrics")

      expect(shown.status).toBe(200)
    })
  )
})
