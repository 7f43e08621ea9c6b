import { assert, layer } from "@effect/vitest"
import { Identifier } from "@tessera/infra/context/identifier"
import { EventBus } from "@tessera/infra/events/event-bus"
import { EventMetrics } from "@tessera/infra/events/event-metrics"
import { EventSchemas } from "@tessera/infra/events/event-schemas"
import { Lanes } from "@tessera/infra/lanes/lanes"
import { InfraSql } from "@tessera/infra/storage/infra-sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { TestCluster } from "@tessera/infra/testing/test-cluster"
import { Event } from "@tessera/shared/event/event"
import { Chunk, Effect, Layer, Metric, Option, Ref, Stream } from "effect"
import { Events } from "./events.ts"

const common = {
  orderId: "01890000-0000-7000-8000-000000000001",
  number: "ACM-1",
  totalMinor: 1000,
  currency: "EUR"
}

/** Payloads as the first release of `order.cancelled` wrote them, and what they are called now. */
const golden: ReadonlyArray<readonly [reason: string, cause: string]> = [
  ["out of stock", "stock"],
  ["payment: declined", "payment"],
  ["capture: not_authorised", "payment"],
  ["carrier: address_rejected", "carrier"],
  ["approval: nobody decided in time", "approval"],
  ["cancelled by an operator", "request"],
  ["book: no answer after 8 attempts", "outage"],
  ["a reason of yesterday", "other"]
]

/** As that release wrote it: it knew no column for the version of the payload. */
const stored = (reason: string) => ({
  type: "order.cancelled",
  payload: JSON.stringify({ _tag: "order.cancelled", ...common, reason })
})

const insert = (rows: ReadonlyArray<{ readonly type: string; readonly payload: string }>) =>
  Effect.gen(function* () {
    const infra = yield* InfraSql
    const { tenantId } = yield* Tenancy.Current
    yield* Effect.forEach(rows, ({ payload, type }) =>
      Effect.flatMap(
        Identifier.uuid,
        (
          id
        ) => infra`INSERT INTO events (tenant_id, id, partition, type, aggregate_id, version, payload, request_id)
          VALUES (${tenantId}, ${id}, ${Lanes.partitionOf(tenantId)}, ${type}, 'a', 0, ${payload}::jsonb, 'old')`
      )
    )
  })

const causes = (events: ReadonlyArray<Event.Model>) =>
  events.map(({ payload }) => (payload._tag === "order.cancelled" ? payload.cause : payload._tag))

const asTenant = Effect.provideServiceEffect(
  Tenancy.Current,
  Effect.map(Identifier.uuid, (id) => Tenancy.system(Tenancy.Id.make(id), "test"))
)

const numbered = (count: number) =>
  Effect.flatMap(Events, (events) => events.log({})).pipe(
    Effect.delay("50 millis"),
    Effect.repeat({ until: ({ head }) => head === count }),
    Effect.timeout("20 seconds")
  )

const services = Events.layer.pipe(
  Layer.provideMerge(
    TestCluster.layer.pipe(Layer.provide(Layer.succeedContext(EventSchemas.context(Event.registry))))
  )
)

layer(services, { timeout: "60 seconds", excludeTestServices: true })("events of an older release", (it) => {
  it.effect("are read as the present version by log, stream and durable subscriber", () =>
    Effect.gen(function* () {
      const bus = yield* EventBus
      const events = yield* Events
      const handed = yield* Ref.make<ReadonlyArray<EventBus.Record>>([])
      yield* bus.on("witness", (records) => Ref.update(handed, (all) => [...all, ...records]))

      yield* insert(golden.map(([reason]) => stored(reason)))
      const { items } = yield* numbered(golden.length)
      const frames = yield* Effect.flatMap(
        events.frames({ after: Option.some(0), types: undefined }),
        (all) => Stream.runCollect(Stream.take(all, golden.length))
      )
      const durable = yield* Ref.get(handed).pipe(
        Effect.delay("50 millis"),
        Effect.repeat({ until: (all) => all.length >= golden.length }),
        Effect.timeout("20 seconds")
      )

      const expected = golden.map(([, cause]) => cause)
      assert.deepStrictEqual(causes(items), expected)
      assert.deepStrictEqual(
        Chunk.toReadonlyArray(frames).map(({ data }) => JSON.parse(data).payload.cause),
        expected
      )
      assert.deepStrictEqual(
        durable.map(({ payload, schemaVersion }) => [Object(payload).cause, schemaVersion]),
        expected.map((cause) => [cause, 2])
      )
    }).pipe(asTenant)
  )

  it.effect("are left out and counted when a newer release wrote them", () =>
    Effect.gen(function* () {
      const infra = yield* InfraSql
      const { tenantId } = yield* Tenancy.Current
      const counted = Effect.forEach(["newer_version", "unknown_type", "undecodable"], (reason) =>
        Effect.map(Metric.value(EventMetrics.leftOut(reason)), ({ count }) => count)
      )
      yield* insert([
        stored("out of stock"),
        stored("of tomorrow"),
        { type: "order.painted", payload: "{}" },
        { type: "order.placed", payload: '{"_tag": "order.placed", "orderId": 7}' },
        stored("payment: declined")
      ])
      yield* infra`UPDATE events SET schema_version = 3
        WHERE tenant_id = ${tenantId} AND payload ->> 'reason' = 'of tomorrow'`
      yield* numbered(5)
      const before = yield* counted

      const { head, items, last } = yield* numbered(5)
      const after = yield* counted

      assert.deepStrictEqual(causes(items), ["stock", "payment"])
      assert.deepStrictEqual([head, last], [5, 5])
      assert.deepStrictEqual(
        after.map((count, index) => count - (before[index] ?? 0)),
        [1, 1, 1]
      )
    }).pipe(asTenant)
  )

  it.effect("are found by type, page by page, and the place moves on over the others", () =>
    Effect.gen(function* () {
      const bus = yield* EventBus
      const events = yield* Events
      const { tenantId } = yield* Tenancy.Current
      const other = {
        type: "product.imported",
        payload: `{"_tag": "product.imported", "importId": "${tenantId}", "count": 1}`
      }
      yield* insert([other, stored("out of stock"), other, stored("payment: declined"), other])
      yield* numbered(5)
      const types = ["order.cancelled"]

      const first = yield* events.log({ types, limit: 1 })
      const second = yield* events.log({ types, limit: 1, after: first.last })
      const third = yield* events.log({ types, limit: 1, after: second.last })
      const watched = yield* events.watch({ after: Option.some(0), types }).pipe(
        Stream.filter(({ position }) => position > 0),
        Stream.take(1),
        Stream.runCollect
      )
      const newest = yield* bus.newest

      assert.deepStrictEqual(
        [first, second, third].map(({ items, last }) => [causes(items), last]),
        [
          [["stock"], 2],
          [["payment"], 4],
          [[], 5]
        ]
      )
      assert.deepStrictEqual(
        Chunk.toReadonlyArray(watched).map((batch) => [batch.position, causes(batch.events)]),
        [[5, ["stock", "payment"]]]
      )
      assert.deepStrictEqual(
        newest.map(({ seq, type }) => [type, seq]),
        [
          ["order.cancelled", 4],
          ["product.imported", 5]
        ]
      )
      const refused = yield* Effect.flip(events.log({ types: ["order.painted"] }))
      assert.strictEqual(refused.eventType, "order.painted")
    }).pipe(asTenant)
  )
})
