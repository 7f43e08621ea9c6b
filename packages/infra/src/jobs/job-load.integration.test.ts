import { assert, layer } from "@effect/vitest"
import { Deferred, Effect, Metric, MetricState, Schedule } from "effect"
import { InfraSql } from "../storage/infra-sql.ts"
import { Database } from "../tenancy/database.ts"
import { TestCluster } from "../testing/test-cluster.ts"
import { TestJobs } from "../testing/test-jobs.ts"
import { JobService } from "./job-service.ts"

/** Shared inserts so far: a metric is known by its bounds, so it is looked up by its name. */
const statements = Effect.map(Metric.snapshot, (pairs) =>
  pairs.reduce(
    (sum, { metricKey, metricState }) =>
      metricKey.name === "batch_rows" &&
      metricKey.tags.some(({ value }) => value === "jobs") &&
      MetricState.isHistogramState(metricState)
        ? sum + metricState.count
        : sum,
    0
  )
)

layer(TestCluster.layer, { timeout: "60 seconds", excludeTestServices: true })("jobs under load", (it) => {
  it.effect("lets single submits of many tenants share a statement, each under its own tenant", () =>
    Effect.gen(function* () {
      const jobs = yield* JobService
      const sql = yield* InfraSql
      const job = TestJobs.definition("shared")
      yield* jobs.handle(job, () => Effect.void)
      const before = yield* statements

      yield* Effect.forEach(
        Array.from({ length: 64 }, (_, n) => n),
        (n) => jobs.submit(job, { n }).pipe(TestJobs.asTenant),
        { concurrency: "unbounded", discard: true }
      )

      const rows = yield* sql`SELECT DISTINCT tenant_id, lane, actor ->> 'tenantId' AS actor FROM jobs
        WHERE name = 'shared' AND lane = 'shared:' || tenant_id AND actor ->> 'tenantId' = tenant_id::text`
      assert.strictEqual(rows.length, 64)
      assert.isBelow((yield* statements) - before, 56)
    })
  )

  it.effect("keeps a submit inside a transaction in it, whoever else submits meanwhile", () =>
    Effect.gen(function* () {
      const jobs = yield* JobService
      const database = yield* Database
      const job = TestJobs.definition("apart")
      yield* jobs.handle(job, () => Effect.void)
      const outside = jobs.submit(job, { n: 1 })

      yield* database
        .transaction(
          Effect.zipRight(
            jobs.submit(job, { n: 2 }),
            Effect.zipRight(Effect.sleep("50 millis"), Effect.fail("no"))
          )
        )
        .pipe(Effect.flip, Effect.zip(outside, { concurrent: true }))

      yield* TestJobs.drained(job.name, "10 seconds")
      assert.strictEqual((yield* TestJobs.left(job.name)).done, 1)
    }).pipe(TestJobs.asTenant)
  )

  it.effect("submits one of several payloads of one dedupe key", () =>
    Effect.gen(function* () {
      const jobs = yield* JobService
      const job = TestJobs.definition("once-of-many")
      yield* jobs.handle(job, () => Effect.void)

      const ids = yield* jobs.submit(job, [{ n: 1 }, { n: 2 }, { n: 3 }], { dedupeKey: "k" })

      assert.strictEqual(ids.length, 3)
      assert.strictEqual(new Set(ids).size, 1)
    }).pipe(TestJobs.asTenant)
  )

  it.effect(
    "refuses a submit above the backlog, writes nothing of it, and takes more when it has shrunk",
    () =>
      Effect.gen(function* () {
        const jobs = yield* JobService
        const job = TestJobs.definition("narrow", { backlog: 50 })
        const gate = yield* Deferred.make<void>()
        yield* jobs.handle(job, () => Deferred.await(gate))
        const several = (count: number) =>
          jobs.submit(
            job,
            Array.from({ length: count }, (_, n) => ({ n }))
          )
        yield* several(40)

        const refused = yield* Effect.flip(several(20))
        const stillRefused = yield* Effect.flip(several(1))

        assert.deepStrictEqual([refused.reason, refused.queue], ["Backlog", "narrow"])
        assert.isAbove(refused.retryAfterSeconds, 0)
        assert.strictEqual(stillRefused.reason, "Backlog")
        assert.strictEqual((yield* TestJobs.left(job.name)).left, 40)
        yield* Deferred.succeed(gate, undefined)
        yield* TestJobs.drained(job.name, "10 seconds")
        yield* several(20).pipe(Effect.retry(Schedule.spaced("200 millis")), Effect.timeout("5 seconds"))
        yield* several(5).pipe(TestJobs.asTenant)
      }).pipe(TestJobs.asTenant)
  )
})
