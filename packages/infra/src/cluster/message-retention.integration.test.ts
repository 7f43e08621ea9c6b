import { assert, layer } from "@effect/vitest"
import { Duration, Effect, Layer } from "effect"
import { InfraSql } from "../storage/infra-sql.ts"
import { TestCluster } from "../testing/test-cluster.ts"
import { MessageStore } from "./message-store.ts"

const hour = Duration.toMillis("1 hour")

declare namespace Message {
  type Plan = {
    readonly count: number
    readonly hoursAgo: number
    readonly processed: boolean
    readonly type: string
    /** Hours since the reply; the request's own age unless said otherwise. */
    readonly repliedHoursAgo?: number
    readonly reply?: string
  }
}

/** Rows as the stock storage writes them, with ids of the age that is asked for. */
const seed = ({ count, hoursAgo, processed, repliedHoursAgo = hoursAgo, reply, type }: Message.Plan) =>
  Effect.flatMap(InfraSql, (sql) => {
    const id = (hours: number) =>
      sql`((extract(epoch FROM now()) * 1000)::bigint - 1735689600000 - ${hours * hour}) * 4194304 + n
        + abs(hashtext(${type})) % 4000000`
    return sql`
      WITH requests AS (
        INSERT INTO cluster_messages (id, request_id, message_id, shard_id, entity_type, entity_id, kind, tag,
          payload, processed, last_reply_id)
        SELECT ${id(hoursAgo)}, ${id(hoursAgo)}, ${type} || ${hoursAgo}::text || '/' || n, 'default:1',
          ${type},
          n::text, 0, 'run', '{}', ${processed}, CASE WHEN ${processed} THEN ${id(repliedHoursAgo)} END
        FROM generate_series(1, ${count}) n RETURNING id, last_reply_id
      )
      INSERT INTO cluster_replies (id, kind, request_id, payload)
      SELECT last_reply_id, 0, id, ${reply ?? '{"_tag":"Success","value":null}'}
      FROM requests WHERE last_reply_id IS NOT NULL`
  })

const empty = Effect.flatMap(InfraSql, (sql) =>
  Effect.zipRight(sql`DELETE FROM cluster_messages`, sql`DELETE FROM cluster_replies`)
)

const left = Effect.flatMap(
  InfraSql,
  (sql) => sql<{ readonly type: string; readonly rows: number }>`
    SELECT entity_type AS type, count(*)::int AS rows FROM cluster_messages GROUP BY 1 ORDER BY 1`
)

const suspended = '{"_tag":"Success","value":{"_tag":"Suspended"}}'

layer(MessageStore.layer.pipe(Layer.provideMerge(TestCluster.layer)), {
  timeout: "60 seconds",
  excludeTestServices: true
})("message retention", (it) => {
  it.effect("removes what was answered before the window, batch by batch, and nothing else", () =>
    Effect.gen(function* () {
      const sql = yield* InfraSql
      const store = yield* MessageStore
      yield* empty
      yield* seed({ count: 25, hoursAgo: 30, processed: true, type: "Old" })
      yield* seed({ count: 3, hoursAgo: 1, processed: true, type: "Young" })
      yield* seed({ count: 2, hoursAgo: 40, processed: false, type: "Waiting" })
      yield* seed({ count: 4, hoursAgo: 40, processed: true, type: "Workflow/Ended" })

      const purge = (after: string) => store.purgeRequests(24 * hour, 10, after)
      const beyond = yield* purge("9223372036854775806")
      const first = yield* purge(MessageStore.first)
      const second = yield* purge(first.last)
      const third = yield* purge(second.last)
      const fourth = yield* purge(third.last)

      assert.deepStrictEqual(
        [beyond, first, second, third, fourth].map(({ removed }) => removed),
        [0, 10, 10, 5, 0]
      )
      assert.strictEqual(fourth.last, third.last)
      assert.deepStrictEqual(yield* left, [
        { type: "Waiting", rows: 2 },
        { type: "Workflow/Ended", rows: 4 },
        { type: "Young", rows: 3 }
      ])
      const [replies] = yield* sql<{
        readonly rows: number
      }>`SELECT count(*)::int AS rows FROM cluster_replies`
      assert.strictEqual(replies?.rows, 7)
    })
  )

  it.effect("keeps the journal of a workflow that waits, runs or has only just ended", () =>
    Effect.gen(function* () {
      const store = yield* MessageStore
      yield* empty
      yield* seed({ count: 5, hoursAgo: 90, processed: true, type: "Workflow/Ended" })
      yield* seed({ count: 1, hoursAgo: 90, processed: true, type: "Workflow/Waits", reply: suspended })
      yield* seed({ count: 1, hoursAgo: 90, processed: false, type: "Workflow/Runs" })
      yield* seed({ count: 1, hoursAgo: 90, repliedHoursAgo: 1, processed: true, type: "Workflow/JustEnded" })

      const { removed } = yield* store.purgeJournals(24 * hour, 100, MessageStore.first)

      assert.strictEqual(removed, 5)
      assert.deepStrictEqual(
        (yield* left).map(({ type }) => type),
        ["Workflow/JustEnded", "Workflow/Runs", "Workflow/Waits"]
      )
    })
  )

  it.effect("tells how old the oldest message is that nobody answered, and offers it again", () =>
    Effect.gen(function* () {
      const sql = yield* InfraSql
      const store = yield* MessageStore
      yield* empty
      yield* seed({ count: 2, hoursAgo: 2, processed: false, type: "Stuck" })
      yield* seed({ count: 1, hoursAgo: 3, processed: false, type: "Later" })
      yield* sql`UPDATE cluster_messages SET deliver_at = extract(epoch FROM now()) * 1000 + 60000
        WHERE entity_type = 'Later'`
      yield* sql`UPDATE cluster_messages SET last_read = now() - interval '2 minutes'
        WHERE entity_type = 'Stuck'`

      const { oldestDueSeconds } = yield* store.backlog
      const stuck = yield* store.stuck(60)
      const again = [yield* store.reread(60), yield* store.reread(60)]

      assert.approximately(oldestDueSeconds, 7200, 5)
      assert.deepStrictEqual(
        stuck.map(({ entityType, messages }) => ({ entityType, messages })),
        [{ entityType: "Stuck", messages: 2 }]
      )
      assert.deepStrictEqual(again, [2, 0])
    })
  )
})
