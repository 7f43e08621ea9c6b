import { describe, expect, it } from "@effect/vitest"
import { EventBus } from "@tessera/infra/events/event-bus"
import { Tenancy } from "@tessera/infra/tenancy"
import { Dashboard } from "@tessera/shared/dashboard/dashboard"
import { Money } from "@tessera/shared/money"
import { DateTime, Effect, Layer, PubSub, Ref, Stream, TestClock } from "effect"
import { DashboardRepo } from "./dashboard-repo.ts"
import { Dashboards } from "./dashboards.ts"

const [acme, globex] = [
  Tenancy.Id.make("01890000-0000-7000-8000-000000000001"),
  Tenancy.Id.make("01890000-0000-7000-8000-000000000002")
] as const
const none = Money.AmountMinor.make(0)
const numbers = (range: Dashboard.Range, at: DateTime.Utc, seq: number) =>
  Dashboard.Model.make({
    range,
    at,
    bucketSeconds: Dashboard.spans[range].bucketSeconds,
    ordersByStatus: [],
    currency: Money.Currency.make("EUR"),
    sagasInFlight: 0,
    sagas: { placed: 0, fulfilled: 0, cancelled: 0, running: 0, fulfilMillis: null },
    revenue: { capturedMinor: none, refundedMinor: none, netMinor: 0 },
    imports: { running: 0, finished: 0, applied: 0, rejected: 0 },
    jobs: { waiting: 0, running: 0, dead: 0 },
    webhooks: { delivered: 0, pending: 0, failed: 0, firstAttemptMillis: null },
    buckets: [],
    seq
  })

/**
 * A bus and a repo that count how often they are asked; the repo counts for `cost` and fails `failures`
 * times.
 */
const replica = (options: { readonly cost?: number; readonly failures?: number } = {}) =>
  Effect.gen(function* () {
    const batches = yield* PubSub.unbounded<EventBus.Batch>()
    const head = yield* Ref.make(0)
    const computed = yield* Ref.make<ReadonlyArray<string>>([])
    const failures = yield* Ref.make(options.failures ?? 0)
    const bus = EventBus.of({
      emit: EventBus.emitting(() => Effect.succeed([])),
      on: () => Effect.void,
      log: () => Effect.succeed({ items: [], head: 0, last: 0 }),
      newest: Effect.succeed([]),
      watch: () => Stream.fromPubSub(batches)
    })
    const now = (range: Dashboard.Range) =>
      Effect.gen(function* () {
        const { tenantId } = yield* Tenancy.Current
        yield* Ref.update(computed, (all) => [...all, `${tenantId === acme ? "acme" : "globex"} ${range}`])
        const isLost = yield* Ref.modify(failures, (left) => [left > 0, left - 1])
        yield* Effect.when(Effect.die("the database is gone"), () => isLost)
        const [at, seq] = [yield* DateTime.now, yield* Ref.get(head)]
        yield* Effect.sleep(options.cost ?? 0)
        return numbers(range, at, seq)
      })
    const dashboards = yield* Effect.provide(
      Dashboards,
      yield* Layer.build(
        Dashboards.layer.pipe(
          Layer.provide(Layer.succeed(EventBus, bus)),
          Layer.provide(Layer.succeed(DashboardRepo, DashboardRepo.of({ now, clock: Effect.succeed(0) })))
        )
      )
    )
    const open = (range: Dashboard.Range, tenantId = acme) =>
      Effect.gen(function* () {
        const seen = yield* Ref.make<ReadonlyArray<number>>([])
        const fiber = yield* dashboards.watch(range).pipe(
          Stream.runForEach(({ seq }) => Ref.update(seen, (all) => [...all, seq])),
          Effect.provideService(Tenancy.Current, Tenancy.system(tenantId, "test")),
          Effect.forkScoped
        )
        yield* TestClock.adjust(0)
        return { seen: Ref.get(seen), fiber }
      })
    const happen = (seq: number) =>
      Effect.zipRight(Ref.set(head, seq), PubSub.publish(batches, { head: seq, position: seq, events: [] }))
    return { open, happen, computed: Ref.get(computed) }
  })

describe("Dashboards.watch", () => {
  it.scoped("gives the numbers at once", () =>
    Effect.gen(function* () {
      const { open, happen } = yield* replica()
      yield* happen(1)

      const { seen } = yield* open("24h")

      expect(yield* seen).toEqual([1])
    })
  )

  it.scoped("gives them four times a second while events never pause, and the last state in the end", () =>
    Effect.gen(function* () {
      const { open, happen } = yield* replica()
      const { seen } = yield* open("24h")

      yield* Effect.forEach(
        Array.from({ length: 100 }, (_, index) => index + 1),
        (seq) => Effect.zipRight(happen(seq), TestClock.adjust("20 millis"))
      )
      const during = yield* seen
      yield* TestClock.adjust("1 second")

      expect(during.length).toBeGreaterThanOrEqual(7)
      expect(during.length).toBeLessThanOrEqual(9)
      expect((yield* seen).at(-1)).toBe(100)
      expect((yield* seen).length).toBeLessThanOrEqual(during.length + 2)
    })
  )

  it.scoped("counts once for a hundred who watch the same, and once more for another range or tenant", () =>
    Effect.gen(function* () {
      const { open, happen, computed } = yield* replica()
      const same = yield* Effect.forEach(Array.from({ length: 100 }), () => open("24h"))
      const others = [yield* open("7d"), yield* open("24h", globex)]

      yield* happen(7)
      yield* TestClock.adjust("1 second")

      const seen = yield* Effect.forEach([...same, ...others], (watcher) => watcher.seen)
      expect(seen.map((all) => all.at(-1))).toEqual(seen.map(() => 7))
      expect((yield* computed).toSorted()).toEqual(
        ["acme 24h", "acme 24h", "acme 7d", "acme 7d", "globex 24h", "globex 24h"].toSorted()
      )
    })
  )

  it.scoped("shows who comes later what the others see, without counting again", () =>
    Effect.gen(function* () {
      const { open, happen, computed } = yield* replica()
      yield* open("24h")
      yield* happen(3)
      yield* TestClock.adjust("1 second")
      const before = yield* computed

      const late = yield* open("24h")

      expect(yield* late.seen).toEqual([3])
      expect(yield* computed).toEqual(before)
    })
  )

  it.scoped("stops counting when the last one has left, not before", () =>
    Effect.gen(function* () {
      const { open, happen, computed } = yield* replica()
      const [first, second] = [yield* open("24h"), yield* open("24h")]
      yield* first.fiber.interruptAsFork(first.fiber.id())
      yield* happen(1)
      yield* TestClock.adjust("1 second")
      const whileOneWatches = (yield* computed).length

      yield* second.fiber.interruptAsFork(second.fiber.id())
      yield* TestClock.adjust("1 second")
      yield* happen(2)
      yield* TestClock.adjust("1 minute")

      expect(whileOneWatches).toBe(2)
      expect((yield* computed).length).toBe(2)
      expect(yield* (yield* open("24h")).seen).toEqual([2])
    })
  )

  it.scoped(
    "looks again every five seconds, because deliveries end without an event, and repeats nothing",
    () =>
      Effect.gen(function* () {
        const { open, computed } = yield* replica()
        const { seen } = yield* open("24h")

        yield* TestClock.adjust("20 seconds")

        expect((yield* computed).length).toBe(5)
        expect(yield* seen).toEqual([0])
      })
  )

  it.scoped("rests three times as long as it has counted", () =>
    Effect.gen(function* () {
      const { open, happen, computed } = yield* replica({ cost: 500 })
      yield* open("24h")

      yield* Effect.forEach(
        Array.from({ length: 200 }, (_, index) => index + 1),
        (seq) => Effect.zipRight(happen(seq), TestClock.adjust("100 millis"))
      )

      // Twenty seconds of half a second of work and a second and a half of rest each.
      expect((yield* computed).length).toBeGreaterThanOrEqual(9)
      expect((yield* computed).length).toBeLessThanOrEqual(11)
    })
  )

  it.scoped("goes on for all who watch when the database was gone", () =>
    Effect.gen(function* () {
      const { open } = yield* replica({ failures: 3 })
      const watchers = [yield* open("24h"), yield* open("24h")]

      yield* TestClock.adjust("10 seconds")

      expect(yield* Effect.forEach(watchers, ({ seen }) => seen)).toEqual([[0], [0]])
    })
  )
})
