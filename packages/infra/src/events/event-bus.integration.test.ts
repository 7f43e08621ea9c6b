import { SqlClient } from "@effect/sql"
import { assert, layer } from "@effect/vitest"
import { Chunk, Effect, Fiber, Option, Schema, Stream } from "effect"
import { Identifier } from "../context/identifier.ts"
import { Lanes } from "../lanes/lanes.ts"
import { InfraSql } from "../storage/infra-sql.ts"
import { Database } from "../tenancy/database.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { TestCluster } from "../testing/test-cluster.ts"
import { EventBus } from "./event-bus.ts"
import { EventDefinition } from "./event-definition.ts"

const Noted = EventDefinition.make(
  "note.taken",
  { text: Schema.String },
  { description: "Somebody took a note." }
)

const noted = (text: string, aggregateId = "a", version = 0) =>
  EventBus.emission(Noted, Noted.make({ text }), { aggregateId, version })

const asTenant = Effect.provideServiceEffect(
  Tenancy.Current,
  Effect.map(Identifier.uuid, (id) => Tenancy.system(Tenancy.Id.make(id), "test"))
)

const texts = (events: ReadonlyArray<EventBus.Record>) =>
  events.map(({ payload }) => Schema.decodeUnknownSync(Noted.schema)(payload).text)

const collect = (after: Option.Option<number>, count: number) =>
  Effect.flatMap(EventBus, (bus) =>
    bus.watch(after).pipe(
      Stream.flatMap(({ events }) => Stream.fromIterable(events)),
      Stream.take(count),
      Stream.runCollect,
      Effect.map(Chunk.toReadonlyArray),
      Effect.timeout("15 seconds")
    )
  )

layer(TestCluster.layer, { timeout: "60 seconds", excludeTestServices: true })("EventBus", (it) => {
  it.effect("gives the events of a tenant gapless numbers in the order of the writes", () =>
    Effect.gen(function* () {
      const bus = yield* EventBus
      const expected = Array.from({ length: 300 }, (_, n) => String(n))

      yield* Effect.forEach(expected, (text) => bus.emit(noted(text)), { discard: true })
      const seen = yield* collect(Option.some(0), 300)

      assert.deepStrictEqual(texts(seen), expected)
      assert.deepStrictEqual(
        seen.map(({ seq }) => seq),
        expected.map((_, n) => n + 1)
      )
    }).pipe(asTenant)
  )

  it.effect("publishes nothing of a transaction that rolls back, and leaves no gap for it", () =>
    Effect.gen(function* () {
      const bus = yield* EventBus
      const database = yield* Database

      yield* bus.emit(noted("first"))
      yield* Effect.flip(
        database.transaction(Effect.zipRight(bus.emit(noted("phantom")), Effect.fail("no" as const)))
      )
      yield* bus.emit(noted("second"))
      const seen = yield* collect(Option.some(0), 2)

      assert.deepStrictEqual(texts(seen), ["first", "second"])
      assert.deepStrictEqual(
        seen.map(({ seq }) => seq),
        [1, 2]
      )
    }).pipe(asTenant)
  )

  it.effect("resumes a watcher after a number without gap or duplicate while events go on", () =>
    Effect.gen(function* () {
      const bus = yield* EventBus
      yield* bus.emit(Array.from({ length: 50 }, (_, n) => noted(String(n))))
      yield* collect(Option.some(0), 50)

      const watcher = yield* Effect.fork(collect(Option.some(20), 130))
      yield* Effect.forEach(
        Array.from({ length: 100 }, (_, n) => String(50 + n)),
        (text) => bus.emit(noted(text)),
        { concurrency: 8, discard: true }
      )
      const seen = yield* Fiber.join(watcher)

      assert.deepStrictEqual(
        seen.map(({ seq }) => seq),
        Array.from({ length: 130 }, (_, n) => 21 + n)
      )
    }).pipe(asTenant)
  )

  it.effect(
    "moves a durable subscriber's cursor with its writes, so that a failure has no second effect",
    () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        const sql = yield* SqlClient.SqlClient
        const infra = yield* InfraSql
        const failures = { left: 1 }
        yield* bus.on("note-keeper", (events) =>
          Effect.gen(function* () {
            const { tenantId } = yield* Tenancy.Current
            yield* Effect.forEach(
              texts(events),
              (note) => sql`INSERT INTO notes ${sql.insert({ tenantId, note })}`
            )
            failures.left -= 1
            yield* Effect.when(Effect.fail("after the write" as const), () => failures.left === 0)
          })
        )

        yield* bus.emit([noted("one"), noted("two")])
        const cursor = infra<{
          readonly seq: number
        }>`SELECT seq FROM event_cursors WHERE subscriber = 'note-keeper'
        AND tenant_id = ${(yield* Tenancy.Current).tenantId}`
        yield* cursor.pipe(
          Effect.delay("50 millis"),
          Effect.repeat({ until: ([row]) => row?.seq === 2 }),
          Effect.timeout("15 seconds")
        )

        const rows = yield* sql<{ readonly note: string }>`SELECT note FROM notes
        WHERE tenant_id = ${(yield* Tenancy.Current).tenantId}`
        assert.deepStrictEqual(
          rows.map(({ note }) => note),
          ["one", "two"]
        )
      }).pipe(asTenant)
  )

  it.effect("heals a lost wake by the sweep", () =>
    Effect.gen(function* () {
      const infra = yield* InfraSql
      const { tenantId } = yield* Tenancy.Current

      yield* infra`INSERT INTO events (tenant_id, id, partition, type, aggregate_id, version, payload, request_id)
        VALUES (${tenantId}, ${tenantId}, ${Lanes.partitionOf(tenantId)}, 'note.taken', 'a', 0,
          '{"_tag":"note.taken","text":"nobody was told"}', 'test')`
      const seen = yield* collect(Option.some(0), 1)

      assert.deepStrictEqual(texts(seen), ["nobody was told"])
    }).pipe(asTenant)
  )

  it.effect("keeps the log of one tenant from another", () =>
    Effect.gen(function* () {
      const bus = yield* EventBus
      yield* Effect.zipRight(bus.emit(noted("secret")), collect(Option.some(0), 1)).pipe(asTenant)

      const { items, head } = yield* bus.log({ after: 0, limit: 100, types: null }).pipe(asTenant)

      assert.deepStrictEqual([items.length, head], [0, 0])
    })
  )

  // The last one: the owner of this partition is fenced off until two sweeps have shown that nobody else is.
  it.effect("reads on when the partition has another owner and the former one says nothing", () =>
    Effect.gen(function* () {
      const bus = yield* EventBus
      const infra = yield* InfraSql
      const { tenantId } = yield* Tenancy.Current
      const partition = Lanes.partitionOf(tenantId)
      yield* bus.emit(noted("of the former owner"))
      yield* collect(Option.some(0), 1)
      const watcher = yield* Effect.fork(collect(Option.some(0), 2))
      yield* Effect.sleep("1500 millis")

      yield* infra.withTransaction(
        Effect.all([
          infra`INSERT INTO events (tenant_id, id, partition, type, aggregate_id, version, payload, request_id,
              actor, seq)
            SELECT tenant_id, ${yield* Identifier.uuid}::uuid, partition, type, aggregate_id, version,
              ${JSON.stringify(Noted.make({ text: "of the next owner" }))}::jsonb, request_id, actor, 2
            FROM events WHERE tenant_id = ${tenantId}`,
          infra`UPDATE event_heads SET seq = 2 WHERE tenant_id = ${tenantId}`,
          infra`UPDATE lane_partitions SET epoch = epoch + 1, owner = 'other' WHERE partition = ${partition}`
        ])
      )
      const seen = yield* Fiber.join(watcher)

      assert.deepStrictEqual(texts(seen), ["of the former owner", "of the next owner"])
    }).pipe(asTenant)
  )
})
