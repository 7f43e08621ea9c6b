import { SqlClient } from "@effect/sql"
import { assert, layer } from "@effect/vitest"
import { Deferred, Duration, Effect, Layer, Metric, Redacted, Ref, Schedule, Schema } from "effect"
import { Lanes } from "../lanes/lanes.ts"
import { InfraSql } from "../storage/infra-sql.ts"
import { Postgres } from "../storage/postgres.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { TestCluster } from "../testing/test-cluster.ts"
import { TestDatabase } from "../testing/test-database.ts"
import { TestJobs } from "../testing/test-jobs.ts"
import { JobDefinition } from "./job-definition.ts"
import { JobService } from "./job-service.ts"
import { JobStore } from "./job-store.ts"

const definition = (name: string, concurrency = 8) =>
  JobDefinition.make({
    name,
    queue: name,
    payload: Schema.Struct({ text: Schema.String }),
    maxAttempts: 5,
    concurrency,
    timeout: Duration.seconds(30)
  })

const rowsOf = (name: string) =>
  Effect.flatMap(
    InfraSql,
    (sql) =>
      sql<{ readonly status: string; readonly rows: number; readonly attempts: number }>`
        SELECT status, count(*)::int AS rows, max(attempts) AS attempts FROM jobs WHERE name = ${name}
        GROUP BY status`
  )

const succeeded = (name: string, rows: number, patience: Duration.DurationInput) =>
  rowsOf(name).pipe(
    Effect.repeat({
      until: (all) => all.length === 1 && all[0]?.status === "succeeded" && all[0].rows === rows,
      schedule: Schedule.spaced("50 millis")
    }),
    Effect.timeout(patience),
    Effect.zipRight(rowsOf(name))
  )

const stale = Metric.value(Lanes.metrics.stale("jobs")).pipe(Effect.map(({ count }) => Number(count)))

const admin = Layer.unwrapEffect(
  Effect.map(TestDatabase, ({ superuserUrl }) =>
    Postgres.layer({ url: Redacted.make(superuserUrl), name: "killer", connections: 1 })
  )
)

layer(JobStore.layer.pipe(Layer.provideMerge(TestCluster.layer)), {
  timeout: "60 seconds",
  excludeTestServices: true
})("jobs under faults", (it) => {
  it.effect("rejects and counts what an outdated owner writes, and ends the job once more", () =>
    Effect.gen(function* () {
      const jobs = yield* JobService
      const sql = yield* InfraSql
      const job = definition("passed-over")
      const gate = yield* Deferred.make<void>()
      const begun = yield* Deferred.make<void>()
      const runs = yield* Ref.make(0)
      yield* jobs.handle(job, () =>
        Effect.zipRight(
          Effect.zipRight(
            Ref.update(runs, (n) => n + 1),
            Deferred.succeed(begun, undefined)
          ),
          Deferred.await(gate)
        )
      )
      const before = yield* stale
      const [id] = yield* jobs.submit(job, { text: "x" })
      yield* Deferred.await(begun)

      const [bumped] = yield* sql<{ readonly partition: number; readonly epoch: number }>`
        UPDATE lane_partitions p SET epoch = epoch + 1, owner = 'another' FROM jobs j
        WHERE j.id = ${id ?? ""} AND p.partition = j.partition RETURNING p.partition, p.epoch`
      yield* Deferred.succeed(gate, undefined)

      const [ended] = yield* succeeded(job.name, 1, "25 seconds")
      const [partition] = yield* sql<{ readonly epoch: number; readonly owner: string }>`
        SELECT epoch, owner FROM lane_partitions WHERE partition = ${bumped?.partition ?? -1}`
      assert.strictEqual(yield* Ref.get(runs), 2)
      assert.strictEqual(ended?.attempts, 2)
      assert.isAtLeast((yield* stale) - before, 1)
      assert.isAbove(partition?.epoch ?? 0, bumped?.epoch ?? 0)
      assert.strictEqual(partition?.owner, "test")
    }).pipe(TestJobs.asTenant)
  )

  it.effect(
    "loses nothing when PostgreSQL ends every connection in the middle of batches",
    () =>
      Effect.gen(function* () {
        const jobs = yield* JobService
        const job = definition("cut-off", 32)
        const runs = yield* Ref.make<ReadonlySet<string>>(new Set())
        yield* jobs.handle(job, ({ text }) =>
          Effect.zipRight(
            Effect.sleep("5 millis"),
            Ref.update(runs, (all) => new Set([...all, text]))
          )
        )
        const kill = Effect.flatMap(
          SqlClient.SqlClient,
          (sql) => sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name IN ('test-infra', 'test-infra-batches', 'tessera_app')`
        ).pipe(Effect.provide(admin))
        const texts = Array.from({ length: 400 }, (_, n) => String(n))
        // A submit that dies says nothing about whether it was written, so its caller repeats it.
        const submit = (text: string) =>
          jobs
            .submit(job, { text }, { dedupeKey: text })
            .pipe(Effect.sandbox, Effect.retry(Schedule.spaced("100 millis")), Effect.timeout("20 seconds"))

        yield* Effect.all(
          [
            Effect.forEach(texts, submit, { concurrency: 16, discard: true }),
            Effect.repeat(kill, { times: 6, schedule: Schedule.spaced("150 millis") })
          ],
          { concurrency: "unbounded" }
        )

        yield* rowsOf(job.name).pipe(
          Effect.repeat({
            until: (all) => all.every(({ status }) => status === "succeeded"),
            schedule: Schedule.spaced("100 millis")
          }),
          Effect.timeout("40 seconds")
        )
        assert.strictEqual((yield* Ref.get(runs)).size, texts.length)
      }).pipe(TestJobs.asTenant),
    { timeout: 90_000 }
  )

  it.effect("lets a result that PostgreSQL refuses fail alone", () =>
    Effect.gen(function* () {
      const store = yield* JobStore
      const sql = yield* InfraSql
      const { tenantId } = yield* Tenancy.Current
      const [row] = yield* sql<{ readonly epoch: number }>`
        SELECT epoch FROM lane_partitions WHERE partition = 63`
      const epoch = row?.epoch ?? 0
      // Not due for long, so that no owner takes them over.
      const ids = yield* sql<{ readonly id: string }>`
        INSERT INTO jobs (tenant_id, id, queue, name, lane, partition, payload, actor, status, claimed_epoch,
          attempts, max_attempts, next_due)
        SELECT ${tenantId}, gen_random_uuid(), 'poison', 'poison', 'poison', 63, '{}', '{}', 'running', ${epoch},
          1, 3, now() + interval '1 day'
        FROM generate_series(1, 40) RETURNING id`
      const outcome = (id: string, place: number) => ({
        ...{ id, tenantId, epoch, partition: 63, status: "succeeded" as const, delayMillis: null },
        error: place === 17 ? "nul \0" : null
      })

      const written = yield* Effect.forEach(
        ids,
        ({ id }, place) =>
          Effect.catchAllCause(store.complete(outcome(id, place)), () => Effect.succeed("refused" as const)),
        { concurrency: "unbounded" }
      )

      const refused = written.flatMap((result, place) => (result === "refused" ? [place] : []))
      assert.deepStrictEqual(refused, [17])
      assert.strictEqual(written.filter((result) => result === true).length, 39)
    }).pipe(TestJobs.asTenant)
  )

  it.effect("interrupts an attempt at its deadline and counts it as failed", () =>
    Effect.gen(function* () {
      const jobs = yield* JobService
      const sql = yield* InfraSql
      const job = { ...definition("endless"), maxAttempts: 1, timeout: Duration.millis(200) }
      const cut = yield* Deferred.make<void>()
      yield* jobs.handle(job, () => Effect.onInterrupt(Effect.never, () => Deferred.succeed(cut, undefined)))

      yield* jobs.submit(job, { text: "x" })
      yield* Deferred.await(cut).pipe(Effect.timeout("5 seconds"))

      const dead = sql<{ readonly lastError: string }>`
        SELECT last_error FROM jobs WHERE name = 'endless' AND status = 'dead'`
      yield* dead.pipe(
        Effect.repeat({ until: (rows) => rows.length === 1, schedule: Schedule.spaced("20 millis") }),
        Effect.timeout("5 seconds")
      )
      assert.include((yield* dead)[0]?.lastError ?? "", "longer than the job's timeout")
    }).pipe(TestJobs.asTenant)
  )

  it.effect("finds a row of which nobody was told, within a sweep", () =>
    Effect.gen(function* () {
      const jobs = yield* JobService
      const sql = yield* InfraSql
      const actor = yield* Tenancy.Current
      const job = definition("untold")
      const lane = `${job.queue}:${actor.tenantId}`
      const ran = yield* Deferred.make<void>()
      yield* jobs.handle(job, () => Deferred.succeed(ran, undefined))
      yield* sql`INSERT INTO jobs (tenant_id, id, queue, name, lane, partition, payload, actor, status,
          max_attempts, next_due)
        VALUES (${actor.tenantId}, gen_random_uuid(), ${job.queue}, ${job.name}, ${lane},
          ${Lanes.partitionOf(lane)}, '{"text": "x"}', ${JSON.stringify(actor)}::jsonb, 'queued', 3, now())`

      const [took] = yield* Effect.timed(Deferred.await(ran).pipe(Effect.timeout("10 seconds")))

      assert.isBelow(Duration.toMillis(took), 6000)
    }).pipe(TestJobs.asTenant)
  )
})
