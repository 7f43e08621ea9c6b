import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Option, Queue, Ref, Stream } from "effect"
import { Tenancy } from "../tenancy/tenancy.ts"
import { EventHub } from "./event-hub.ts"
import { EventLog } from "./event-log.ts"
import { EventRecord } from "./event-record.ts"
import { EventTails } from "./event-tails.ts"

const event = (seq: number) =>
  EventRecord.make({
    ...{ seq, id: `${seq}`, type: "note.taken", aggregateId: "a", version: 0, schemaVersion: 1 },
    ...{ occurredAt: "2026-01-02T03:04:05.678Z", payload: {}, requestId: "r", actor: null, traceparent: null }
  })

/** A log with a head of its own, and a hub through which nothing comes but what the test says. */
const replica = Effect.gen(function* () {
  const head = yield* Ref.make(385)
  const live = yield* Queue.unbounded<ReadonlyArray<EventRecord>>()
  const log = EventLog.of({
    append: () => Effect.succeed([]),
    sequence: () => Effect.succeed([]),
    after: () => Effect.map(Ref.get(head), (now) => ({ head: now, items: [] })),
    unsequenced: () => {
      throw new Error("nobody asks")
    }
  })
  const hub = EventHub.of({ publish: () => Effect.void, live: () => Stream.fromQueue(live) })
  const { watch } = yield* Effect.provide(
    EventTails,
    yield* Layer.build(
      EventTails.layer.pipe(Layer.provide([Layer.succeed(EventLog, log), Layer.succeed(EventHub, hub)]))
    )
  )
  return { head, live, watch }
})

const asTenant = Effect.provideService(
  Tenancy.Current,
  Tenancy.system(Tenancy.Id.make("01890000-0000-7000-8000-000000000001"), "test")
)

describe("EventTails", () => {
  it.scopedLive("give nothing twice to who has seen more elsewhere than has come to this replica yet", () =>
    Effect.gen(function* () {
      const { head, live, watch } = yield* replica
      yield* Stream.runHead(watch(Option.none()))
      yield* Ref.set(head, 387)

      const opened = yield* Stream.runHead(watch(Option.some(387)))
      const isOpen = yield* Deferred.make<void>()
      const seen = yield* watch(Option.some(387)).pipe(
        Stream.tap(() => Deferred.succeed(isOpen, undefined)),
        Stream.mapConcat(({ events }) => events),
        Stream.map(({ seq }) => seq),
        Stream.take(1),
        Stream.runCollect,
        Effect.fork
      )
      yield* Deferred.await(isOpen)
      yield* Queue.offerAll(live, [[event(386)], [event(387)], [event(388)]])

      assert.deepStrictEqual(
        Option.map(opened, ({ events, head: at, position }) => [at, position, events.length]),
        Option.some([387, 387, 0])
      )
      assert.deepStrictEqual([...(yield* Effect.timeout(Fiber.join(seen), "5 seconds"))], [388])
    }).pipe(asTenant)
  )

  it.scopedLive("begin at the end of the log for who names a number that it has not reached", () =>
    Effect.gen(function* () {
      const { watch } = yield* replica

      const opened = yield* Stream.runHead(watch(Option.some(4711)))

      assert.deepStrictEqual(
        Option.map(opened, ({ position }) => position),
        Option.some(385)
      )
    }).pipe(asTenant)
  )
})
