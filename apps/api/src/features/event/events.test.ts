import { describe, expect, it } from "@effect/vitest"
import { EventBus } from "@tessera/infra/events/event-bus"
import { EventRecord } from "@tessera/infra/events/event-record"
import { Tenancy } from "@tessera/infra/tenancy"
import { Effect, Layer, Option, Queue, Ref, Stream, TestClock } from "effect"
import { Events } from "./events.ts"

const id = "01890000-0000-7000-8000-000000000001"
const actor = Tenancy.system(Tenancy.Id.make(id), "test")
const restocked = { _tag: "product.restocked", productId: id, sku: "A-1", quantity: 2 }

const record = (seq: number, payload: unknown = restocked) =>
  EventRecord.make({
    seq,
    id,
    type: "product.restocked",
    aggregateId: id,
    version: 0,
    occurredAt: "2026-01-01T00:00:00.000Z",
    payload,
    requestId: "r"
  })
const unknownFact = { _tag: "product.painted", colour: "red" }

/** A bus whose batches the test sends by hand, and that remembers from where it was watched. */
const bus = Effect.gen(function* () {
  const batches = yield* Queue.unbounded<EventBus.Batch>()
  const asked = yield* Ref.make<ReadonlyArray<Option.Option<number>>>([])
  const layer = Layer.succeed(
    EventBus,
    EventBus.of({
      emit: EventBus.emitting(() => Effect.succeed([])),
      on: () => Effect.void,
      log: () => Effect.succeed({ items: [record(1), record(2, unknownFact), record(3)], head: 3, last: 3 }),
      newest: Effect.succeed([]),
      watch: (after) =>
        Stream.fromEffect(Ref.update(asked, (all) => [...all, after])).pipe(
          Stream.drain,
          Stream.concat(Stream.fromQueue(batches))
        )
    })
  )
  return { batches, asked, layer: Layer.provide(Events.layer, layer) }
})

describe("Events", () => {
  it.effect("leaves out what this version does not know, and keeps the head", () =>
    Effect.gen(function* () {
      const { layer } = yield* bus

      const page = yield* Effect.provide(
        Effect.flatMap(Events, (events) => events.log({})),
        layer
      )

      expect(page.items.map(({ seq }) => seq)).toEqual([1, 3])
      expect(page.head).toBe(3)
    }).pipe(Effect.provideService(Tenancy.Current, actor))
  )

  it.effect("hands on the first batch at once and gathers what follows within 100 ms", () =>
    Effect.gen(function* () {
      const { asked, batches, layer } = yield* bus
      const seen = yield* Ref.make<ReadonlyArray<ReadonlyArray<number>>>([])
      yield* Stream.unwrap(
        Effect.map(Events, (events) => events.watch({ after: Option.some(7), types: undefined }))
      ).pipe(
        Stream.runForEach((batch) =>
          Ref.update(seen, (all) => [...all, [batch.head, ...batch.events.map(({ seq }) => seq)]])
        ),
        Effect.provide(layer),
        Effect.fork
      )

      yield* Queue.offer(batches, { head: 7, position: 7, events: [] })
      yield* TestClock.adjust("1 millis")
      const first = yield* Ref.get(seen)
      yield* Queue.offer(batches, { head: 8, position: 8, events: [record(8)] })
      yield* TestClock.adjust("10 millis")
      yield* Queue.offer(batches, { head: 9, position: 9, events: [record(9)] })
      yield* TestClock.adjust("10 millis")
      yield* Queue.offer(batches, { head: 11, position: 11, events: [record(10), record(11)] })
      yield* TestClock.adjust("300 millis")

      expect(first).toEqual([[7]])
      const later = (yield* Ref.get(seen)).slice(1)
      expect(later.length).toBeLessThanOrEqual(2)
      expect(later.flatMap(([, ...seqs]) => seqs)).toEqual([8, 9, 10, 11])
      expect(later.at(-1)?.[0]).toBe(11)
      expect(yield* Ref.get(asked)).toEqual([Option.some(7)])
    }).pipe(Effect.provideService(Tenancy.Current, actor))
  )
})
