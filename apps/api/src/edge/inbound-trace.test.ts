import { HttpClient, HttpClientRequest, HttpLayerRouter, HttpServerResponse } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { expect, layer } from "@effect/vitest"
import { Context } from "@tessera/infra/context/context"
import { Trace } from "@tessera/infra/context/trace"
import { Effect, HashMap, Layer, Logger, Option } from "effect"
import { EdgeMiddleware } from "./edge-middleware.ts"

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736"

const logged: Array<unknown> = []
const logger = Logger.make(({ annotations }) => {
  logged.push(Option.getOrNull(HashMap.get(annotations, "traceId")))
})

const routes = Layer.merge(
  EdgeMiddleware.layer,
  HttpLayerRouter.add(
    "GET",
    "/trace",
    Effect.gen(function* () {
      const trace = yield* Trace.current
      yield* Effect.log("a line")
      return HttpServerResponse.unsafeJson({
        traceId: Option.getOrThrow(trace).traceId,
        logged: logged.at(-1)
      })
    })
  )
)

const server = HttpLayerRouter.serve(routes, { disableLogger: true, disableListenLog: true }).pipe(
  Layer.provideMerge(NodeHttpServer.layerTest),
  Layer.provide(Context.Request.logs),
  Layer.provide(Logger.replace(Logger.defaultLogger, logger))
)

const traced = (headers: Record<string, string>) =>
  HttpClient.HttpClient.pipe(
    // The test's own span would be a trace that the caller brings.
    Effect.map(HttpClient.withTracerPropagation(false)),
    Effect.flatMap((client) => client.execute(HttpClientRequest.get("/trace", { headers }))),
    Effect.flatMap((response) => response.json),
    Effect.map((body) => body as { readonly traceId: string; readonly logged: string })
  )

layer(server, { excludeTestServices: true })("the trace of a request", (it) => {
  it.effect("is the caller's, and stands in the log lines", () =>
    Effect.gen(function* () {
      const seen = yield* traced({ traceparent: `00-${traceId}-00f067aa0ba902b7-01` })

      expect(seen).toEqual({ traceId, logged: traceId })
    })
  )

  it.effect("is a new one where the caller brings none, or one that no row could hold", () =>
    Effect.gen(function* () {
      const seen = yield* Effect.forEach(
        [
          {},
          { traceparent: "00-zz-00f067aa0ba902b7-01" },
          { traceparent: `00-${"0".repeat(32)}-00f067aa0ba902b7-01` },
          { b3: `${"f".repeat(500)}-${"e".repeat(500)}-1` },
          { "x-b3-traceid": "'; DROP TABLE orders", "x-b3-spanid": "1" }
        ],
        traced
      )

      expect(new Set(seen.map((one) => one.traceId)).size).toBe(5)
      for (const { logged, traceId: own } of seen) {
        expect(own).toMatch(/^[0-9a-f]{32}$/)
        expect(logged).toBe(own)
      }
    })
  )
})
