import { SqlClient } from "@effect/sql"
import { assert, layer } from "@effect/vitest"
import { Deferred, Duration, Effect, Ref, Schedule, Schema } from "effect"
import { InfraSql } from "../storage/infra-sql.ts"
import { Database } from "../tenancy/database.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { TestCluster } from "../testing/test-cluster.ts"
import { TestJobs } from "../testing/test-jobs.ts"
import { JobDefinition } from "./job-definition.ts"
import { JobService } from "./job-service.ts"

const definition = (name: string, maxAttempts = 3) =>
  JobDefinition.make({
    name,
    queue: name,
    payload: Schema.Struct({ text: Schema.String }),
    maxAttempts,
    concurrency: 2,
    timeout: Duration.seconds(20)
  })

const statusOf = (id: string) =>
  Effect.flatMap(
    InfraSql,
    (sql) =>
      sql<{ readonly status: string; readonly attempts: number; readonly lastError: string | null }>`
      SELECT status, attempts, last_error FROM jobs WHERE id = ${id}`
  ).pipe(Effect.map(([row]) => row))

const until = (id: string, status: string) =>
  statusOf(id).pipe(
    Effect.delay("20 millis"),
    Effect.repeat({ until: (row) => row?.status === status }),
    Effect.timeout("15 seconds")
  )

layer(TestCluster.layer, { timeout: "60 seconds", excludeTestServices: true })("JobService", (it) => {
  it.effect("runs a submitted job with its payload as the tenant that submitted it", () =>
    Effect.gen(function* () {
      const jobs = yield* JobService
      const seen = yield* Deferred.make<string>()
      const job = definition("greet")
      yield* jobs.handle(job, ({ text }) =>
        Effect.flatMap(Tenancy.Current, ({ requestId }) => Deferred.succeed(seen, `${requestId}:${text}`))
      )

      const [id] = yield* jobs.submit(job, { text: "hello" })

      assert.strictEqual(yield* Deferred.await(seen), "test:hello")
      assert.strictEqual((yield* until(id ?? "", "succeeded"))?.attempts, 1)
    }).pipe(TestJobs.asTenant)
  )

  it.effect("writes no row when the transaction that submitted rolls back", () =>
    Effect.gen(function* () {
      const jobs = yield* JobService
      const database = yield* Database
      const sql = yield* InfraSql
      const job = definition("rolled-back")

      yield* Effect.flip(
        database.transaction(
          Effect.zipRight(jobs.submit(job, { text: "no" }), Effect.fail("refused" as const))
        )
      )

      const rows = yield* sql`SELECT 1 FROM jobs WHERE name = 'rolled-back'`
      assert.strictEqual(rows.length, 0)
    }).pipe(TestJobs.asTenant)
  )

  it.effect("tries a failing job again after its backoff and keeps every error", () =>
    Effect.gen(function* () {
      const jobs = yield* JobService
      const tries = yield* Ref.make(0)
      const job = definition("flaky")
      yield* jobs.handle(job, () =>
        Effect.flatMap(
          Ref.updateAndGet(tries, (n) => n + 1),
          (n) => Effect.when(Effect.fail("not yet"), () => n < 3).pipe(Effect.asVoid)
        )
      )

      const [id] = yield* jobs.submit(job, { text: "x" })

      assert.strictEqual((yield* until(id ?? "", "succeeded"))?.attempts, 3)
    }).pipe(TestJobs.asTenant)
  )

  it.effect("ends as dead with the last error when the attempts are used up", () =>
    Effect.gen(function* () {
      const jobs = yield* JobService
      const job = definition("hopeless", 2)
      // Neither NUL nor half an emoji goes into jsonb; the outcome must be written all the same.
      yield* jobs.handle(job, () => Effect.dieMessage("boom \0 \ud83d"))

      const [id] = yield* jobs.submit(job, { text: "x" })

      const row = yield* until(id ?? "", "dead")
      assert.include(row?.lastError ?? "", "boom")
      assert.strictEqual(row?.attempts, 2)
    }).pipe(TestJobs.asTenant)
  )

  it.effect("answers the second submit of a live dedupe key with the first job's id", () =>
    Effect.gen(function* () {
      const jobs = yield* JobService
      const job = definition("once")
      const gate = yield* Deferred.make<void>()
      yield* jobs.handle(job, () => Deferred.await(gate))

      const first = yield* jobs.submit(job, { text: "a" }, { dedupeKey: "k" })
      const second = yield* jobs.submit(job, { text: "b" }, { dedupeKey: "k" })
      yield* Deferred.succeed(gate, undefined)

      assert.deepStrictEqual(second, first)
    }).pipe(TestJobs.asTenant)
  )

  it.effect("runs every one of 200 jobs exactly once", () =>
    Effect.gen(function* () {
      const jobs = yield* JobService
      const runs = yield* Ref.make<ReadonlyArray<string>>([])
      const job = definition("many")
      yield* jobs.handle(job, ({ text }) => Ref.update(runs, (all) => [...all, text]))
      const texts = Array.from({ length: 200 }, (_, n) => String(n))

      yield* jobs.submit(
        job,
        texts.map((text) => ({ text }))
      )
      yield* Ref.get(runs).pipe(
        Effect.repeat({ until: (all) => all.length >= 200, schedule: Schedule.spaced("20 millis") }),
        Effect.timeout("20 seconds")
      )

      assert.deepStrictEqual([...(yield* Ref.get(runs))].sort(), [...texts].sort())
    }).pipe(TestJobs.asTenant)
  )

  it.effect("runs a job again whose claim was answered to nobody", () =>
    Effect.gen(function* () {
      const jobs = yield* JobService
      const sql = yield* InfraSql
      const job = definition("claimed-in-vain")
      const ran = yield* Deferred.make<void>()
      yield* jobs.handle(job, () => Deferred.succeed(ran, undefined))
      const [first] = yield* jobs.submit(job, { text: "x" })
      yield* until(first ?? "", "succeeded")

      // As a claim leaves it whose answer was lost: running, under the epoch of the living owner.
      yield* sql`UPDATE jobs j SET status = 'running', next_due = now(), finished_at = NULL, attempts = 0,
        claimed_epoch = p.epoch FROM lane_partitions p WHERE p.partition = j.partition AND j.id = ${first ?? ""}`

      assert.strictEqual((yield* until(first ?? "", "succeeded"))?.attempts, 1)
    }).pipe(TestJobs.asTenant)
  )

  it.effect("shows no job of another tenant to the app role", () =>
    Effect.gen(function* () {
      const jobs = yield* JobService
      const database = yield* Database
      const sql = yield* SqlClient.SqlClient
      const job = definition("private")
      yield* jobs.handle(job, () => Effect.void)
      yield* jobs.submit(job, { text: "mine" }).pipe(TestJobs.asTenant)

      const rows = yield* database
        .transaction(sql`SELECT 1 FROM jobs WHERE name = 'private'`)
        .pipe(TestJobs.asTenant)

      assert.strictEqual(rows.length, 0)
    })
  )
})
