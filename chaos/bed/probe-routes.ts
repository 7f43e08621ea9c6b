import { HttpLayerRouter, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { ClusterService } from "@tessera/infra/cluster/cluster-service"
import { Effect, Either, Layer } from "effect"
import { EventProbe } from "./event-probe.ts"
import { ProbeChores } from "./probe-chores.ts"
import { ProbeEntity } from "./probe-entity.ts"
import { ProbeJob } from "./probe-job.ts"

const query = Effect.map(
  HttpServerRequest.HttpServerRequest,
  ({ url }) => new URL(url, "http://bed").searchParams
)

/** What an HTTP caller may wait at most; the bed's own deadline is below it. */
const patience = "60 seconds"

const json = (body: unknown) => HttpServerResponse.unsafeJson(body)

const tally = (outcomes: ReadonlyArray<string>) =>
  Object.fromEntries(
    [...new Set(outcomes)].map((name) => [name, outcomes.filter((outcome) => outcome === name).length])
  )

const nameOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : String(error)

/**
 * Asks the probes from outside: `/chaos/ask`, `/chaos/keep`, `/chaos/clog`, `/chaos/spread`, `/chaos/backlog`,
 * `/chaos/ids`, and `/chaos/process` for what this process uses.
 */
const ProbeRoutes = HttpLayerRouter.use((router) =>
  Effect.gen(function* () {
    const { clog, probe } = yield* ProbeEntity.clients
    const { snowflake } = yield* ClusterService

    /** With a key the same question as a persisted request. */
    const ask = Effect.gen(function* () {
      const asked = yield* query
      const key = asked.get("key")
      const entity = probe(asked.get("id") ?? "0")
      const question = key === null ? entity.Ask({}) : entity.AskStored({ key })
      const startedAt = performance.now()
      const answer = yield* question.pipe(Effect.timeout(patience), Effect.either)
      const millis = performance.now() - startedAt
      return json(
        Either.match(answer, {
          onLeft: (error) => ({ error: nameOf(error), millis }),
          onRight: (owner) => ({ ...owner, millis })
        })
      )
    })

    const keep = Effect.gen(function* () {
      const asked = yield* query
      const startedAt = performance.now()
      const answer = yield* probe(asked.get("id") ?? "0")
        .Keep({ key: asked.get("key") ?? "" })
        .pipe(Effect.timeout(patience), Effect.either)
      const millis = performance.now() - startedAt
      return json(
        Either.match(answer, {
          onLeft: (error) => ({ error: nameOf(error), millis }),
          onRight: (owner) => ({ ...owner, millis })
        })
      )
    })

    /** Many requests to one entity; the outcome of each within the time given. */
    const crowd = Effect.gen(function* () {
      const asked = yield* query
      const count = Number(asked.get("count") ?? "1")
      const prefix = asked.get("prefix") ?? "clog"
      const isStored = asked.get("stored") === "1"
      const outcomes = yield* Effect.forEach(
        Array.from({ length: count }, (_, index) => index),
        (index) =>
          Effect.gen(function* () {
            const entity = clog(prefix)
            if (isStored) yield* entity.Stored({ key: `${prefix}-${index}` }, { discard: true })
            else yield* entity.Volatile({}).pipe(Effect.timeout("5 seconds"))
            return "ok"
          }).pipe(
            Effect.catchAll((error) => Effect.succeed(nameOf(error))),
            Effect.catchAllDefect(() => Effect.succeed("defect"))
          ),
        { concurrency: isStored ? 32 : 1_000 }
      )
      return json(tally(outcomes))
    })

    /** One volatile request to each of many entities. */
    const spread = Effect.gen(function* () {
      const asked = yield* query
      const from = Number(asked.get("from") ?? "0")
      const count = Number(asked.get("count") ?? "1")
      const outcomes = yield* Effect.forEach(
        Array.from({ length: count }, (_, index) => from + index),
        (id) =>
          probe(`spread-${id}`)
            .Ask({})
            .pipe(
              Effect.timeout("20 seconds"),
              Effect.as("ok"),
              Effect.catchAll((error) => Effect.succeed(nameOf(error))),
              Effect.catchAllDefect(() => Effect.succeed("defect"))
            ),
        { concurrency: 64 }
      )
      return json(tally(outcomes))
    })

    /** Persisted requests that nobody waits for. */
    const backlog = Effect.gen(function* () {
      const asked = yield* query
      const from = Number(asked.get("from") ?? "0")
      const count = Number(asked.get("count") ?? "1")
      const prefix = asked.get("prefix") ?? "backlog"
      const outcomes = yield* Effect.forEach(
        Array.from({ length: count }, (_, index) => from + index),
        (index) =>
          probe(`${prefix}-${index % 200}`)
            .Keep({ key: `${prefix}-${index}` }, { discard: true })
            .pipe(
              Effect.as("ok"),
              Effect.catchAll((error) => Effect.succeed(nameOf(error))),
              Effect.catchAllDefect(() => Effect.succeed("defect"))
            ),
        { concurrency: 32 }
      )
      return json(tally(outcomes))
    })

    /** Ids of the cluster, as fast as this replica makes them. */
    const ids = Effect.gen(function* () {
      const count = Number((yield* query).get("count") ?? "1")
      return json(yield* Effect.replicateEffect(Effect.map(snowflake, String), count))
    })

    const used = Effect.sync(() =>
      json({ pid: process.pid, rss: process.memoryUsage().rss, heapUsed: process.memoryUsage().heapUsed })
    )

    yield* router.add("GET", "/chaos/ask", ask)
    yield* router.add("POST", "/chaos/keep", keep)
    yield* router.add("POST", "/chaos/clog", crowd)
    yield* router.add("POST", "/chaos/spread", spread)
    yield* router.add("POST", "/chaos/backlog", backlog)
    yield* router.add("GET", "/chaos/ids", ids)
    yield* router.add("GET", "/chaos/process", used)
  })
).pipe(
  Layer.provideMerge(ProbeEntity.layer),
  Layer.merge(ProbeChores.layer),
  Layer.merge(ProbeJob.layer),
  Layer.merge(EventProbe.layer)
)

export { ProbeRoutes }
