import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { assert, layer } from "@effect/vitest"
import { Console, Deferred, Duration, Effect, Layer, Ref, Schedule } from "effect"
import { InfraSql } from "../storage/infra-sql.ts"
import { TestCluster } from "../testing/test-cluster.ts"
import { TestJobs } from "../testing/test-jobs.ts"
import { JobService } from "./job-service.ts"

setFlagsFromString("--expose-gc")
const collect: unknown = runInNewContext("gc")

/** What is alive: garbage says nothing about what a replica needs. */
const megabytes = Effect.sync(() => {
  if (typeof collect === "function") collect()
  return Math.round(process.memoryUsage().heapUsed / 1_048_576)
})

layer(TestCluster.layer, { timeout: "60 seconds", excludeTestServices: true })("jobs at scale", (it) => {
  it.effect(
    "serves 50,000 lanes with one due row each in bounded memory",
    () =>
      Effect.gen(function* () {
        const jobs = yield* JobService
        const sql = yield* InfraSql
        const job = TestJobs.definition("scattered")
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

        const [took] = yield* Effect.timed(TestJobs.drained(job.name, "4 minutes"))

        const growth = (yield* Ref.get(peak)) - before
        yield* Console.log(
          `50,000 lanes: ${Math.round(50_000 / Duration.toSeconds(took))} rows/s, heap +${growth} MB alive at most`
        )
        assert.strictEqual((yield* TestJobs.left(job.name)).done, 50_000)
        assert.isBelow(growth, 100)
      }).pipe(Effect.scoped, TestJobs.asTenant),
    { timeout: 300_000 }
  )
})

layer(TestCluster.database, { timeout: "60 seconds", excludeTestServices: true })("a restart", (it) => {
  it.effect(
    "drains a backlog of 20,000 rows, also what the life before had begun",
    () =>
      Effect.gen(function* () {
        const job = TestJobs.definition("left-over", { concurrency: 64 })
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
          yield* Effect.replicateEffect(TestJobs.asTenant(submit), 4)
          yield* Deferred.await(begun)
        })
        const latter = Effect.gen(function* () {
          const jobs = yield* JobService
          yield* jobs.handle(job, () => Effect.void)
          yield* TestJobs.drained(job.name, "2 minutes")
          return yield* TestJobs.left(job.name)
        })

        yield* Effect.provide(former, Layer.fresh(TestCluster.on({})))
        const [took, rows] = yield* Effect.timed(Effect.provide(latter, Layer.fresh(TestCluster.on({}))))

        yield* Console.log(
          `20,000 rows after a restart: ${Duration.toSeconds(took).toFixed(1)} s with the boot`
        )
        assert.deepStrictEqual(rows, { left: 0, done: 20_000 })
      }),
    { timeout: 300_000 }
  )
})
