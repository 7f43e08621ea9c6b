import { assert, layer } from "@effect/vitest"
import { Cron, DateTime, Effect, Option, Queue, Schema, Stream } from "effect"
import { InfraSql } from "../storage/infra-sql.ts"
import { TestCluster } from "../testing/test-cluster.ts"
import { ClusterService } from "./cluster-service.ts"
import { CronStore } from "./cron-store.ts"
import { LeaderStore } from "./leader-store.ts"

const everySecond = Cron.unsafeParse("* * * * * *", "UTC")
const everyHour = Cron.unsafeParse("0 * * * *", "UTC")

const take = <A>(seen: Queue.Dequeue<A>, count: number) =>
  Stream.fromQueue(seen).pipe(
    Stream.take(count),
    Stream.runCollect,
    Effect.map((all) => [...all])
  )

const Row = Schema.Struct({
  outcome: Schema.String,
  ranOn: Schema.NullOr(Schema.String),
  attempts: Schema.Int,
  error: Schema.NullOr(Schema.String)
})
const ticks = (name: string) =>
  Effect.flatMap(InfraSql, (sql) =>
    sql`SELECT outcome, ran_on, attempts, error FROM cron_ticks
      WHERE name = ${name} ORDER BY scheduled_at`.pipe(
      Effect.flatMap(Schema.decodeUnknown(Schema.Array(Row)))
    )
  )

/** As an earlier leader left it: `hours` ago there was a tick with this outcome. */
const leftBehind = (name: string, hours: number, outcome: string) =>
  Effect.flatMap(
    InfraSql,
    (sql) => sql`
      WITH leader AS (
        INSERT INTO cluster_singletons (name, owner, fence, every_millis) VALUES (${name}, 'before', 4, 1000)
      )
      INSERT INTO cron_ticks (name, scheduled_at, ran_on, outcome, fence, attempts)
      VALUES (${name}, date_trunc('hour', now()) - ${hours} * interval '1 hour', 'before', ${outcome}, 4, 1)`
  )

layer(TestCluster.layer, { timeout: "60 seconds", excludeTestServices: true })(
  "ClusterService.cron",
  (it) => {
    it.scoped("runs once a tick, and each tick has one row", () =>
      Effect.gen(function* () {
        const seen = yield* Queue.unbounded<number>()
        const cron = ClusterService.cron({
          name: "each-second",
          cron: everySecond,
          run: ({ scheduledAt }) => seen.offer(DateTime.toEpochMillis(scheduledAt))
        })

        const times = yield* Effect.provide(take(seen, 4), cron)
        const [first = 0] = times
        const rows = yield* ticks("each-second")

        assert.deepStrictEqual(times, [first, first + 1000, first + 2000, first + 3000])
        assert.strictEqual(first % 1000, 0)
        assert.deepStrictEqual(
          rows.slice(0, 3).map(({ attempts, outcome, ranOn }) => ({ attempts, outcome, ranOn })),
          Array.from({ length: 3 }, () => ({ attempts: 1, outcome: "done", ranOn: "test" }))
        )
      })
    )

    it.scoped("records what nobody ran during an outage, and runs none of it late", () =>
      Effect.gen(function* () {
        yield* leftBehind("outage", 2500, "done")
        const seen = yield* Queue.unbounded<number>()
        const cron = ClusterService.cron({
          name: "outage",
          cron: everyHour,
          skipIfOlderThan: "1 second",
          run: () => seen.offer(1)
        })
        const skipped = ticks("outage").pipe(
          Effect.map((rows) => rows.filter(({ outcome }) => outcome === "skipped").length),
          Effect.repeat({ until: (count) => count >= 2500 })
        )

        const count = yield* Effect.provide(skipped, cron)

        assert.strictEqual(count, 2500)
        assert.strictEqual(yield* Queue.size(seen), 0)
      })
    )

    it.scoped("runs a tick again that its replica did not end, and only that one", () =>
      Effect.gen(function* () {
        yield* leftBehind("half-way", 0, "running")
        const seen = yield* Queue.unbounded<number>()
        const cron = ClusterService.cron({
          name: "half-way",
          cron: everyHour,
          skipIfOlderThan: "2 hours",
          run: ({ scheduledAt }) => seen.offer(DateTime.toEpochMillis(scheduledAt))
        })
        const settled = ticks("half-way").pipe(Effect.repeat({ until: ([row]) => row?.outcome === "done" }))

        const rows = yield* Effect.provide(settled, cron)

        assert.deepStrictEqual(rows, [{ outcome: "done", ranOn: "test", attempts: 2, error: null }])
        assert.strictEqual(yield* Queue.size(seen), 1)
      })
    )

    it.scoped("records a tick that its replica did not end and that is too old as skipped", () =>
      Effect.gen(function* () {
        yield* leftBehind("too-old", 3, "running")
        const cron = ClusterService.cron({
          name: "too-old",
          cron: everyHour,
          run: () => Effect.die("ran late")
        })
        const settled = ticks("too-old").pipe(Effect.repeat({ until: ([row]) => row?.outcome === "skipped" }))

        const [row] = yield* Effect.provide(settled, cron)

        assert.strictEqual(row?.error, "its replica ended before it did")
      })
    )

    it.scoped("records a failure and goes on with the next tick", () =>
      Effect.gen(function* () {
        const cron = ClusterService.cron({
          name: "fails",
          cron: everySecond,
          run: () => Effect.fail("no luck")
        })
        const two = ticks("fails").pipe(
          Effect.map((rows) => rows.filter(({ outcome }) => outcome === "failed")),
          Effect.repeat({ until: ({ length }) => length >= 2 })
        )

        const [row] = yield* Effect.provide(two, cron)

        assert.include(String(row?.error), "no luck")
      })
    )

    it.scoped("gives a tick to one leader only", () =>
      Effect.gen(function* () {
        const leaders = yield* LeaderStore
        const store = yield* CronStore
        const tick = DateTime.unsafeMake("2026-01-01T00:00:00Z")
        const zombie = yield* leaders.lead("fenced", 1000)
        const owner = yield* leaders.lead("fenced", 1000)

        const claims = {
          zombie: yield* store.claim(zombie, tick),
          owner: yield* store.claim(owner, tick),
          again: yield* store.claim(zombie, tick)
        }
        yield* store.finish(zombie, tick, Option.some("from the past"))
        yield* store.finish(owner, tick, Option.none())
        const refused = yield* Effect.flip(store.position(zombie))
        const ended = yield* store.claim(owner, tick)

        assert.deepStrictEqual(claims, { zombie: false, owner: true, again: false })
        assert.deepStrictEqual(yield* ticks("fenced"), [
          { outcome: "done", ranOn: "test", attempts: 1, error: null }
        ])
        assert.strictEqual(refused.reason, "StaleOwner")
        assert.isFalse(ended)
      })
    )
  }
)
