import { describe, expect, it } from "@effect/vitest"
import { EventBus } from "@tessera/infra/events/event-bus"
import { Tenancy } from "@tessera/infra/tenancy"
import { Dashboard } from "@tessera/shared/dashboard/dashboard"
import { Money } from "@tessera/shared/money"
import { Effect, Layer, Queue, Ref, Stream, TestClock } from "effect"
import { DashboardRepo } from "./dashboard-repo.ts"
import { Dashboards } from "./dashboards.ts"

const actor = Tenancy.system(Tenancy.Id.make("01890000-0000-7000-8000-000000000001"), "test")
const numbers = (seq: number) =>
  Dashboard.Model.make({
    ordersByStatus: [],
    revenueTodayMinor: Money.AmountMinor.make(0),
    ordersToday: 0,
    currency: Money.Currency.make("EUR"),
    sagasInFlight: 0,
    importsRunning: 0,
    webhooks: { delivered: 0, pending: 0, failed: 0 },
    daily: [],
    seq
  })

const watching = Effect.gen(function* () {
  const batches = yield* Queue.unbounded<EventBus.Batch>()
  const head = yield* Ref.make(0)
  const seen = yield* Ref.make<ReadonlyArray<number>>([])
  const bus = EventBus.of({
    emit: EventBus.emitting(() => Effect.succeed([])),
    on: () => Effect.void,
    log: () => Effect.succeed({ items: [], head: 0, last: 0 }),
    newest: Effect.succeed([]),
    watch: () => Stream.fromQueue(batches)
  })
  const layer = Dashboards.layer.pipe(
    Layer.provide(Layer.succeed(EventBus, bus)),
    Layer.provide(Layer.succeed(DashboardRepo, DashboardRepo.of({ now: Effect.map(Ref.get(head), numbers) })))
  )
  yield* Stream.unwrap(Effect.map(Dashboards, ({ watch }) => watch)).pipe(
    Stream.runForEach(({ seq }) => Ref.update(seen, (all) => [...all, seq])),
    Effect.provide(layer),
    Effect.provideService(Tenancy.Current, actor),
    Effect.fork
  )
  const happen = (seq: number) =>
    Effect.zipRight(Ref.set(head, seq), Queue.offer(batches, { head: seq, position: seq, events: [] }))
  return { happen, seen }
})

describe("Dashboards.watch", () => {
  it.effect("gives the numbers at once", () =>
    Effect.gen(function* () {
      const { happen, seen } = yield* watching

      yield* happen(1)
      yield* TestClock.adjust("1 millis")

      expect(yield* Ref.get(seen)).toEqual([1])
    })
  )

  it.effect("gives them four times a second while events never pause, and the last state in the end", () =>
    Effect.gen(function* () {
      const { happen, seen } = yield* watching
      yield* happen(0)

      yield* Effect.forEach(
        Array.from({ length: 100 }, (_, index) => index + 1),
        (seq) => Effect.zipRight(happen(seq), TestClock.adjust("20 millis"))
      )
      const during = yield* Ref.get(seen)
      yield* TestClock.adjust("1 second")

      expect(during.length).toBeGreaterThanOrEqual(7)
      expect(during.length).toBeLessThanOrEqual(9)
      expect((yield* Ref.get(seen)).at(-1)).toBe(100)
      expect((yield* Ref.get(seen)).length).toBeLessThanOrEqual(during.length + 2)
    })
  )
})
