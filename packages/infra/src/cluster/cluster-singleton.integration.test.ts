import { assert, layer } from "@effect/vitest"
import { Effect, Option, Queue, Schema, Stream } from "effect"
import { Context } from "../context/context.ts"
import { InfraSql } from "../storage/infra-sql.ts"
import { TestCluster } from "../testing/test-cluster.ts"
import { ClusterService } from "./cluster-service.ts"
import { LeaderStore } from "./leader-store.ts"

const State = Schema.Struct({ count: Schema.Int })

/** A singleton that counts, and tells what it saw at each run. */
const counting = (
  name: string,
  seen: Queue.Enqueue<number>,
  body: Effect.Effect<void, string> = Effect.void
) =>
  ClusterService.singleton({
    name,
    every: "20 millis",
    state: State,
    initial: { count: 0 },
    run: ({ count }) => Effect.as(Effect.zipRight(seen.offer(count), body), { count: count + 1 })
  })

const runs = (seen: Queue.Dequeue<number>, count: number) =>
  Stream.fromQueue(seen).pipe(
    Stream.take(count),
    Stream.runCollect,
    Effect.map((all) => [...all])
  )

const row = (name: string) =>
  Effect.flatMap(LeaderStore, (store) =>
    Effect.map(store.all, (all) =>
      Option.getOrThrow(Option.fromNullable(all.find((one) => one.name === name)))
    )
  )

layer(TestCluster.layer, { timeout: "60 seconds", excludeTestServices: true })(
  "ClusterService.singleton",
  (it) => {
    it.scoped("goes on from the state that the owner before it had saved", () =>
      Effect.gen(function* () {
        const first = yield* Queue.unbounded<number>()
        const second = yield* Queue.unbounded<number>()

        const before = yield* runs(first, 3).pipe(Effect.provide(counting("goes-on", first)))
        const saved = yield* Effect.flatMap(
          InfraSql,
          (sql) =>
            sql<{
              readonly state: typeof State.Type
            }>`SELECT state FROM cluster_singletons WHERE name = 'goes-on'`
        )
        const after = yield* runs(second, 2).pipe(Effect.provide(counting("goes-on", second)))

        assert.deepStrictEqual(before, [0, 1, 2])
        assert.strictEqual(after[0], saved[0]?.state.count)
        assert.strictEqual((yield* row("goes-on")).fence, 2)
      })
    )

    it.scoped("notes a failed run, keeps the state and runs again", () =>
      Effect.gen(function* () {
        const seen = yield* Queue.unbounded<number>()

        const counts = yield* runs(seen, 3).pipe(
          Effect.provide(counting("fails", seen, Effect.fail("no luck today")))
        )
        const { failures, lastError, lastRunAt } = yield* row("fails")

        assert.deepStrictEqual(counts, [0, 0, 0])
        assert.isAtLeast(failures, 2)
        assert.include(String(lastError), "no luck today")
        assert.isNotNull(lastRunAt)
      })
    )

    it.scoped("starts anew when the stored state cannot be read", () =>
      Effect.gen(function* () {
        const sql = yield* InfraSql
        const seen = yield* Queue.unbounded<number>()
        yield* sql`INSERT INTO cluster_singletons (name, owner, fence, every_millis, state)
        VALUES ('unreadable', 'before', 7, 1000, '{"count":"many"}')`

        const counts = yield* runs(seen, 2).pipe(Effect.provide(counting("unreadable", seen)))

        assert.deepStrictEqual(counts, [0, 1])
        assert.strictEqual((yield* row("unreadable")).fence, 8)
      })
    )

    it.scoped("refuses the writes of a leader after another one has begun", () =>
      Effect.gen(function* () {
        const store = yield* LeaderStore
        const zombie = yield* store.lead("contested", 1000)
        const owner = yield* store.lead("contested", 1000)
        const state = (text: string) => ({
          state: Option.some(text),
          error: Option.none(),
          everyMillis: 1000
        })

        yield* store.ran(owner, state('{"by":"owner"}'))
        const refused = yield* Effect.flip(store.ran(zombie, state('{"by":"zombie"}')))
        const [kept] = yield* Effect.flatMap(
          InfraSql,
          (sql) =>
            sql<{ readonly state: object }>`SELECT state FROM cluster_singletons WHERE name = 'contested'`
        )

        assert.strictEqual(refused.reason, "StaleOwner")
        assert.deepStrictEqual(kept?.state, { by: "owner" })
      })
    )

    it.scoped("knows in its run that it leads, under which fence", () =>
      Effect.gen(function* () {
        const seen =
          yield* Queue.unbounded<Option.Option<{ readonly name: string; readonly fence: number }>>()
        const asking = ClusterService.singleton({
          name: "asks",
          every: "1 minute",
          run: Effect.flatMap(Context.Request.current, ({ leadership }) => seen.offer(leadership))
        })

        const leadership = yield* Effect.provide(Queue.take(seen), asking)

        assert.deepStrictEqual(leadership, Option.some({ name: "asks", fence: 1 }))
        assert.deepStrictEqual((yield* Context.Request.current).leadership, Option.none())
      })
    )

    it.scoped("counts as late when it has not run within twice its interval", () =>
      Effect.gen(function* () {
        const sql = yield* InfraSql
        yield* sql`INSERT INTO cluster_singletons (name, owner, fence, every_millis, started_at, last_run_at)
        VALUES ('silent', 'r', 1, 1000, now() - interval '1 hour', now() - interval '2100 milliseconds'),
          ('fresh', 'r', 1, 1000, now() - interval '1 hour', now() - interval '1 second'),
          ('begun', 'r', 1, 60000, now(), now() - interval '1 hour')`

        assert.isTrue((yield* row("silent")).late)
        assert.isFalse((yield* row("fresh")).late)
        assert.isFalse((yield* row("begun")).late)
      })
    )
  }
)
