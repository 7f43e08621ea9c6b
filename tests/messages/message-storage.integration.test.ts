import { MessageStorage } from "@effect/cluster"
import { SqlClient } from "@effect/sql"
import { assert, describe, it } from "@effect/vitest"
import { TestDatabase } from "@tessera/infra/testing/test-database"
import { TestMessages } from "@tessera/infra/testing/test-messages"
import { Context, Effect, Exit, Layer } from "effect"
import { MessageCalls } from "./message-calls.ts"

const seeds = 60
const calls = 80

const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? String(each) : each)) ?? "null"
  )

type Reply = { readonly _tag: string; readonly requestId: string }

/**
 * The stock storage reads a stored chunk as an exit without a tag (null counts as 0 there), so replies of a
 * request that has open chunks are not compared.
 */
const withoutChunked = (replies: unknown, all: unknown): unknown => {
  const isReply = (each: unknown): each is Reply =>
    typeof each === "object" && each !== null && "requestId" in each && "_tag" in each
  const listed = (value: unknown) => (Array.isArray(value) ? value.filter(isReply) : [])
  const chunked = new Set(listed(all).flatMap(({ _tag, requestId }) => (_tag === "Chunk" ? [requestId] : [])))
  return chunked.size === 0 ? replies : listed(replies).filter(({ requestId }) => !chunked.has(requestId))
}

/** Results as plain data; of a failure only its kind: the texts come from other statements. */
const outcome = (storage: TestMessages.Storage, call: MessageCalls.Call) =>
  Effect.exit(call.run(storage)).pipe(
    Effect.map(
      Exit.match({
        onSuccess: (value) => ({ gave: plain(value) }),
        onFailure: (cause) => ({ failed: cause._tag === "Fail" ? cause.error._tag : cause._tag })
      })
    )
  )

interface Side {
  readonly storage: TestMessages.Storage
  readonly sql: SqlClient.SqlClient
}

const rowsOf = ({ sql }: Side) =>
  Effect.all([
    sql`SELECT id, message_id, shard_id, entity_type, entity_id, kind, tag, payload, headers, trace_id, span_id,
      sampled, processed, request_id, reply_id, last_reply_id, last_read IS NOT NULL AS is_read, deliver_at
      FROM cluster_messages ORDER BY rowid`,
    sql`SELECT id, kind, request_id, payload, sequence, acked FROM cluster_replies ORDER BY rowid`
  ])

const side = (layer: typeof TestMessages.batched | typeof TestMessages.stock) =>
  Layer.build(
    layer.pipe(
      Layer.provideMerge(TestDatabase.as("tessera_infra")),
      Layer.provideMerge(TestDatabase.layer),
      Layer.fresh
    )
  ).pipe(
    Effect.map(
      (context): Side => ({
        storage: Context.get(context, MessageStorage.MessageStorage),
        sql: Context.get(context, SqlClient.SqlClient)
      })
    )
  )

const compare = (seed: number, stock: Side, ours: Side) =>
  Effect.gen(function* () {
    const failures: Record<string, number> = {}
    for (const [step, call] of MessageCalls.of(seed, calls).entries()) {
      const [theirs, actual] = yield* Effect.all(
        [outcome(stock.storage, call), outcome(ours.storage, call)],
        { concurrency: 2 }
      )
      const said = `seed ${seed}, step ${step}: ${call.name}`
      if (call.name.startsWith("repliesFor") && "gave" in actual && "gave" in theirs) {
        const [given, expected] = [actual.gave, theirs.gave].map((all) => withoutChunked(all, actual.gave))
        assert.deepStrictEqual(given, expected, said)
      } else assert.deepStrictEqual(actual, theirs, said)
      const [name = ""] = call.name.split(" ")
      if ("failed" in actual) failures[name] = (failures[name] ?? 0) + 1
    }
    assert.deepStrictEqual(plain(yield* rowsOf(ours)), plain(yield* rowsOf(stock)), `rows of seed ${seed}`)
    for (const { sql } of [stock, ours]) yield* sql`TRUNCATE cluster_messages, cluster_replies`
    return failures
  })

describe("the batched message storage", () => {
  it.scopedLive(
    "answers every call as the stock one does, and leaves the same rows",
    () =>
      Effect.gen(function* () {
        const stock = yield* side(TestMessages.stock)
        const ours = yield* side(TestMessages.batched)

        const failures = yield* Effect.forEach(
          Array.from({ length: seeds }, (_, index) => index + 1),
          (seed) => compare(seed, stock, ours)
        )

        // Both storages refuse a second exit and a repeated chunk, so the calls reach those, too.
        const refused = failures.reduce((sum, { saveReply = 0 }) => sum + saveReply, 0)
        assert.isAbove(refused, seeds)
      }),
    120_000
  )

  it.scopedLive("differs where a message without a key, a reply or half of a letter comes along", () =>
    Effect.gen(function* () {
      const address = TestMessages.address("one", 1)
      const halved = TestMessages.address("half \ud800", 1)
      const plainly = (id: number, to = address) =>
        TestMessages.request(id, to, new TestMessages.Plain({ text: "t" }))
      const doing = ({ storage }: Side) =>
        Effect.forEach(
          [
            Effect.map(storage.saveRequest(plainly(1)), ({ _tag }) => _tag),
            Effect.map(storage.saveRequest(plainly(1)), ({ _tag }) => _tag),
            Effect.as(storage.saveReply(TestMessages.exit(2, 1, Exit.void)), "done"),
            Effect.as(storage.saveReply(TestMessages.exit(2, 1, Exit.void)), "done"),
            Effect.map(storage.saveRequest(plainly(3, halved)), ({ _tag }) => _tag)
          ],
          (each) => Effect.merge(Effect.mapError(each, ({ _tag }) => _tag))
        )

      const [theirs, here] = yield* Effect.all([
        Effect.flatMap(side(TestMessages.stock), doing),
        Effect.flatMap(side(TestMessages.batched), doing)
      ])

      assert.deepStrictEqual(theirs, ["Success", "PersistenceError", "done", "PersistenceError", "Success"])
      assert.deepStrictEqual(here, ["Success", "Duplicate", "done", "done", "PersistenceError"])
    })
  )
})
