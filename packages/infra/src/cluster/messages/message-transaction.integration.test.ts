import { ClusterSchema, Entity } from "@effect/cluster"
import { Rpc } from "@effect/rpc"
import { SqlClient } from "@effect/sql"
import { assert, layer } from "@effect/vitest"
import { Clock, Context, Effect, Exit, Layer, Queue, Schema } from "effect"
import { InfraSql } from "../../storage/infra-sql.ts"
import { TestCluster } from "../../testing/test-cluster.ts"

type Handled = { readonly id: string; readonly atMillis: number }
class Seen extends Context.Tag("Seen")<Seen, Queue.Queue<Handled>>() {}

const Post = Entity.make("Post", [
  Rpc.make("Put", {
    payload: { id: Schema.String },
    primaryKey: ({ id }) => id,
    success: Schema.String
  }).annotate(ClusterSchema.Persisted, true)
])

const post = Post.toLayer(
  Effect.map(Seen, (seen) =>
    Post.of({
      Put: ({ payload: { id } }) =>
        Effect.flatMap(Clock.currentTimeMillis, (atMillis) =>
          Effect.as(Queue.offer(seen, { id, atMillis }), `put ${id}`)
        )
    })
  ),
  { concurrency: "unbounded" }
).pipe(Layer.provideMerge(Layer.effect(Seen, Queue.unbounded<Handled>())))

/** Long enough that a message which is handled soon was not found by it. */
const poll = "10 seconds"

const rows = (key: string) =>
  Effect.flatMap(InfraSql, (sql) =>
    Effect.map(
      sql`SELECT id FROM cluster_messages WHERE message_id = ${`Post/one/Put/${key}`}`,
      ({ length }) => length
    )
  )

/** The session that listens at the moment. */
const listener = Effect.flatMap(InfraSql, (sql) =>
  sql<{ readonly pid: number }>`
    SELECT pid FROM pg_stat_activity
    WHERE application_name = 'test-wake' AND datname = current_database() AND state = 'idle'
      AND query IN ('LISTEN cluster_messages', 'SELECT 1')`.pipe(
    Effect.delay("20 millis"),
    Effect.repeat({ until: ({ length }) => length > 0 }),
    Effect.map(([row]) => row?.pid ?? 0),
    Effect.timeoutFail({ duration: "20 seconds", onTimeout: () => "nobody listens" })
  )
)

/** Sends inside a transaction; gives the milliseconds from its end to the start of the handler. */
const committed = (id: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const client = yield* Post.client
    const seen = yield* Seen
    yield* sql.withTransaction(client("one").Put({ id }, { discard: true }))
    const endedMillis = yield* Clock.currentTimeMillis
    const handled = yield* Queue.take(seen)
    assert.strictEqual(handled.id, id)
    return handled.atMillis - endedMillis
  })

layer(post.pipe(Layer.provideMerge(TestCluster.layerWith({ messagePoll: poll }))), {
  timeout: "60 seconds",
  excludeTestServices: true
})("a message inside a transaction", (it) => {
  it.scoped("is handled at once when it commits", () =>
    Effect.gen(function* () {
      const client = yield* Post.client
      yield* client("one").Put({ id: "warm" })
      yield* Queue.take(yield* Seen)
      yield* listener

      const millis = yield* Effect.forEach(
        Array.from({ length: 20 }, (_, index) => `soon-${index}`),
        committed
      )

      const sorted = millis.toSorted((one, other) => one - other)
      yield* Effect.logInfo(`commit to handler, ms: median ${sorted[10]}, most ${sorted[19]}`)
      assert.isBelow(sorted[19] ?? Number.POSITIVE_INFINITY, 2000)
    })
  )

  it.scoped("leaves nothing when it is undone", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const client = yield* Post.client

      const exit = yield* client("one")
        .Put({ id: "undone" }, { discard: true })
        .pipe(Effect.zipRight(Effect.fail("undone")), sql.withTransaction, Effect.exit)
      // A later one is handled, so the earlier one would have been.
      yield* committed("after-undone")

      assert.isTrue(Exit.isFailure(exit))
      assert.strictEqual(yield* rows("undone"), 0)
    })
  )

  it.scoped("is one message when it is sent twice", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const client = yield* Post.client
      yield* committed("twice")

      yield* sql.withTransaction(client("one").Put({ id: "twice" }, { discard: true }))
      yield* committed("after-twice")

      assert.strictEqual(yield* rows("twice"), 1)
    })
  )

  it.scoped("fails at once when its reply is awaited there", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const client = yield* Post.client

      const refused = yield* client("one")
        .Put({ id: "awaited" })
        .pipe(sql.withTransaction, Effect.flip, Effect.timeout("2 seconds"))

      assert.strictEqual(refused._tag, "PersistenceError")
      assert.strictEqual(yield* rows("awaited"), 0)
    })
  )

  it.scoped("is found although the listener was cut off, and whatever was notified", () =>
    Effect.gen(function* () {
      const infra = yield* InfraSql
      const pid = yield* listener
      yield* infra`SELECT pg_terminate_backend(${pid})`
      yield* Effect.repeat(listener, { until: (next) => next !== pid })
      yield* infra`SELECT pg_notify('cluster_messages', 'nonsense')`

      const millis = yield* committed("reconnected")

      assert.isBelow(millis, 2000)
    })
  )

  it.scoped("is all that the role of the features may do with the table", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const attempts = [
        sql`SELECT id FROM cluster.cluster_messages`,
        sql`SELECT id FROM cluster.cluster_replies`,
        sql`INSERT INTO cluster.cluster_messages (id, shard_id, entity_type, entity_id, kind, request_id)
          VALUES (1, 'default:1', 'Post', 'one', 0, 1)`,
        sql`UPDATE cluster.cluster_messages SET processed = true`,
        sql`DELETE FROM cluster.cluster_messages`
      ]

      const refused = yield* Effect.forEach(attempts, (attempt) => Effect.flip(attempt))

      assert.deepStrictEqual(
        refused.map(({ cause }) => String(cause).replace(/ for .*/, "")),
        attempts.map(() => "error: permission denied")
      )
    })
  )
})
