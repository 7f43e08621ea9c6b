import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { assert, layer } from "@effect/vitest"
import {
  Console,
  Deferred,
  Duration,
  Effect,
  Layer,
  Metric,
  MetricState,
  Ref,
  Schedule,
  Schema
} from "effect"
import { Identifier } from "../context/identifier.ts"
import { InfraSql } from "../storage/infra-sql.ts"
import { Database } from "../tenancy/database.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { TestCluster } from "../testing/test-cluster.ts"
import { JobDefinition } from "./job-definition.ts"
import { JobService } from "./job-service.ts"

const definition = (name: string, more: { readonly backlog?: number; readonly concurrency?: number } = {}) =>
  JobDefinition.make({
    ...{ name, queue: name, payload: Schema.Struct({ n: Schema.Number }), maxAttempts: 3 },
    ...{ concurrency: 16, timeout: Duration.seconds(60) },
    ...more
  })

const asTenant = Effect.provideServiceEffect(
  Tenancy.Current,
  Effect.map(Identifier.uuid, (id) => Tenancy.system(Tenancy.Id.make(id), "test"))
)

const left = (name: string) =>
  Effect.flatMap(
    InfraSql,
    (sql) =>
      sql<{ readonly left: number; readonly done: number }>`
        SELECT count(*) FILTER (WHERE status <> 'succeeded')::int AS left,
          count(*) FILTER (WHERE status = 'succeeded')::int AS done FROM jobs WHERE name = ${name}`
  ).pipe(Effect.map(([row]) => row ?? { left: 0, done: 0 }))

const drained = (name: string, patience: Duration.DurationInput) =>
  left(name).pipe(
    Effect.repeat({ until: (rows) => rows.left === 0, schedule: Schedule.spaced("250 millis") }),
    Effect.timeout(patience)
  )

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

setFlagsFromString("--expose-gc")
const collect: unknown = runInNewContext("gc")

/** What is alive: garbage says nothing about what a replica needs. */
const megabytes = Effect.sync(() => {
  if (typeof collect === "function") collect()
  return Math.round(process.memoryUsage().heapUsed / 1_048_576)
})

layer(TestCluster.layer, { timeout: "60 seconds", excludeTestServices: true })("jobs under load", (it) => {
  it.effect("lets single submits of many tenants share a statement, each under its own tenant", () =>
    Effect.gen(function* () {
      const jobs = yield* JobService
      const sql = yield* InfraSql
      const job = definition("shared")
      yield* jobs.handle(job, () => Effect.void)
      const before = yield* statements

      yield* Effect.forEach(
        Array.from({ length: 64 }, (_, n) => n),
        (n) => jobs.submit(job, { n }).pipe(asTenant),
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
      const job = definition("apart")
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

      yield* drained(job.name, "10 seconds")
      assert.strictEqual((yield* left(job.name)).done, 1)
    }).pipe(asTenant)
  )

  it.effect("submits one of several payloads of one dedupe key", () =>
    Effect.gen(function* () {
      const jobs = yield* JobService
      const job = definition("once-of-many")
      yield* jobs.handle(job, () => Effect.void)

      const ids = yield* jobs.submit(job, [{ n: 1 }, { n: 2 }, { n: 3 }], { dedupeKey: "k" })

      assert.strictEqual(ids.length, 3)
      assert.strictEqual(new Set(ids).size, 1)
    }).pipe(asTenant)
  )

  it.effect(
    "refuses a submit above the backlog, writes nothing of it, and takes more when it has shrunk",
    () =>
      Effect.gen(function* () {
        const jobs = yield* JobService
        const job = definition("narrow", { backlog: 50 })
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
        assert.strictEqual((yield* left(job.name)).left, 40)
        yield* Deferred.succeed(gate, undefined)
        yield* drained(job.name, "10 seconds")
        yield* several(20).pipe(Effect.retry(Schedule.spaced("200 millis")), Effect.timeout("5 seconds"))
        yield* several(5).pipe(asTenant)
      }).pipe(asTenant)
  )

  it.effect(
    "serves 50,000 lanes with one due row each in bounded memory",
    () =>
      Effect.gen(function* () {
        const jobs = yield* JobService
        const sql = yield* InfraSql
        const job = definition("scattered")
        yield* jobs.handle(job, () => Effect.void)
        const before = yield* megabytes
        const peak = yield* Ref.make(0)
        yield* Effect.flatMap(megabytes, (now) => Ref.update(peak, (most) => Math.max(most, now))).pipe(
          Effect.repeat(Schedule.spaced("500 millis")),
          Effect.forkScoped
        )
        yield* sql`INSERT INTO jobs (tenant_id, id, queue, name, lane, partition, payload, actor, status,
            max_attempts, next_due)
          SELECT t, gen_random_uuid(), 'scattered', 'scattered', 'scattered:' || t, n % 64, '{"n": 1}',
            jsonb_build_object('tenantId', t, 'actorId', 'system', 'role', 'system', 'requestId', 'x'),
            'queued', 3, now()
          FROM (SELECT n, gen_random_uuid() AS t FROM generate_series(1, 50000) AS n) AS lanes`

        const [took] = yield* Effect.timed(drained(job.name, "80 seconds"))

        const growth = (yield* Ref.get(peak)) - before
        yield* Console.log(
          `50,000 lanes: ${Math.round(50_000 / Duration.toSeconds(took))} rows/s, heap +${growth} MB alive at most`
        )
        assert.strictEqual((yield* left(job.name)).done, 50_000)
        assert.isBelow(growth, 100)
      }).pipe(Effect.scoped, asTenant),
    { timeout: 120_000 }
  )
})

layer(TestCluster.database, { timeout: "60 seconds", excludeTestServices: true })("a restart", (it) => {
  it.effect(
    "drains a backlog of 20,000 rows, also what the life before had begun",
    () =>
      Effect.gen(function* () {
        const job = definition("left-over", { concurrency: 64 })
        const begun = yield* Deferred.make<void>()
        const submit = Effect.flatMap(JobService, (jobs) =>
          jobs.submit(
            job,
            Array.from({ length: 5000 }, (_, n) => ({ n }))
          )
        )
        const former = Effect.gen(function* () {
          const jobs = yield* JobService
          yield* jobs.handle(job, () => Effect.zipRight(Deferred.succeed(begun, undefined), Effect.never))
          yield* Effect.replicateEffect(asTenant(submit), 4)
          yield* Deferred.await(begun)
        })
        const latter = Effect.gen(function* () {
          const jobs = yield* JobService
          yield* jobs.handle(job, () => Effect.void)
          yield* drained(job.name, "60 seconds")
          return yield* left(job.name)
        })

        yield* Effect.provide(former, Layer.fresh(TestCluster.on({})))
        const [took, rows] = yield* Effect.timed(Effect.provide(latter, Layer.fresh(TestCluster.on({}))))

        yield* Console.log(
          `20,000 rows after a restart: ${Duration.toSeconds(took).toFixed(1)} s with the boot`
        )
        assert.deepStrictEqual(rows, { left: 0, done: 20_000 })
      }),
    { timeout: 120_000 }
  )
})
