import { describe, expect, it } from "@effect/vitest"
import { CronStore } from "@tessera/infra/cluster/cron-store"
import { LeaderStore } from "@tessera/infra/cluster/leader-store"
import { Cluster } from "@tessera/shared/replica/cluster"
import { Clock, Context, DateTime, Effect, Fiber, Layer, Ref, Stream, TestClock } from "effect"
import { Clusters } from "./clusters.ts"
import { ReplicaSelf } from "./replica-self.ts"
import { Replicas } from "./replicas.ts"

const epoch = DateTime.unsafeMake(0)
const leader = (runs: number) => ({
  name: "purge",
  owner: "replica-1",
  fence: 3,
  everyMillis: 1000,
  startedAt: epoch,
  lastRunAt: null,
  runs,
  failures: 0,
  lastError: "Key (tenant_id)=(secret) already exists",
  late: false
})
const tick = {
  name: "purge",
  scheduledAt: epoch,
  outcome: "done" as const,
  ranOn: "replica-1",
  fence: 3,
  attempts: 1,
  startedAt: epoch,
  endedAt: null,
  error: null
}

/** A cluster whose only changing number is `runs`, and that counts how often it is looked at. */
const watched = Effect.gen(function* () {
  const runs = yield* Ref.make(0)
  const looks = yield* Ref.make(0)
  const fleet = Effect.zipRight(
    Ref.update(looks, (count) => count + 1),
    Effect.map(Clock.currentTimeMillis, (millis) => ({ at: DateTime.unsafeMake(millis), replicas: [] }))
  )
  const layer = Clusters.layer.pipe(
    Layer.provide(
      Layer.succeed(Replicas, Replicas.of({ fleet, kill: () => Effect.void, drain: () => Effect.void }))
    ),
    Layer.provide(Layer.mock(LeaderStore, { all: Effect.map(Ref.get(runs), (count) => [leader(count)]) })),
    Layer.provide(Layer.mock(CronStore, { recent: () => Effect.succeed([tick]) })),
    Layer.provide(Layer.succeed(ReplicaSelf, { id: "replica-1", version: "1", mayKill: false }))
  )
  const { now, watch } = yield* Effect.map(Layer.build(layer), (context) => Context.get(context, Clusters))
  const follow = Effect.gen(function* () {
    const seen = yield* Ref.make<ReadonlyArray<number>>([])
    const fiber = yield* watch.pipe(
      Stream.runForEach(({ at }) => Ref.update(seen, (all) => [...all, DateTime.toEpochMillis(at)])),
      Effect.fork
    )
    return { seen, leave: Fiber.interrupt(fiber) }
  })
  return { now, follow, runs, looks }
})

describe("Clusters", () => {
  it.scoped("gives a cron its ticks", () =>
    Effect.gen(function* () {
      const { now } = yield* watched

      const { leaders, seenBy } = yield* now

      expect(seenBy).toBe("replica-1")
      expect(leaders).toMatchObject([{ name: "purge", kind: "cron", ticks: [{ outcome: "done" }] }])
      expect(leaders[0]).toBeInstanceOf(Cluster.Leader)
    })
  )

  it.scoped("keeps the text of an error to itself: it may name things of a tenant", () =>
    Effect.gen(function* () {
      const { now } = yield* watched

      expect(JSON.stringify(yield* now)).not.toContain("secret")
    })
  )

  it.scoped("says it at once, and the same again before two seconds have passed", () =>
    Effect.gen(function* () {
      const { follow } = yield* watched
      const { seen } = yield* follow

      yield* TestClock.adjust("1 millis")
      const atOnce = yield* Ref.get(seen)
      yield* TestClock.adjust("10 seconds")
      const moments = yield* Ref.get(seen)

      expect(atOnce.length).toBe(1)
      const pauses = moments.slice(1).map((millis, index) => millis - (moments[index] ?? 0))
      expect(pauses.length).toBeGreaterThanOrEqual(5)
      expect(pauses.length).toBeLessThanOrEqual(10)
      expect(Math.max(...pauses)).toBeLessThanOrEqual(2000)
    })
  )

  it.scoped("says every change, and never more than twice a second", () =>
    Effect.gen(function* () {
      const { follow, runs } = yield* watched
      const { seen } = yield* follow

      yield* Effect.forEach(Array.from({ length: 100 }), () =>
        Effect.zipRight(
          Ref.update(runs, (count) => count + 1),
          TestClock.adjust("100 millis")
        )
      )

      const count = (yield* Ref.get(seen)).length
      expect(count).toBeGreaterThanOrEqual(19)
      expect(count).toBeLessThanOrEqual(21)
    })
  )

  it.scoped("looks once for all who watch, and not at all for nobody", () =>
    Effect.gen(function* () {
      const { follow, looks } = yield* watched
      const first = yield* follow
      const second = yield* follow

      yield* TestClock.adjust("10 seconds")
      const shared = yield* Ref.get(looks)
      const [one, two] = [yield* Ref.get(first.seen), yield* Ref.get(second.seen)]
      yield* Effect.zipRight(first.leave, second.leave)
      yield* TestClock.adjust("10 seconds")
      const alone = yield* Ref.get(looks)
      const third = yield* follow
      yield* TestClock.adjust("1 millis")

      expect(shared).toBeLessThanOrEqual(22)
      expect(two.length).toBeGreaterThanOrEqual(one.length - 1)
      expect(alone).toBe(shared)
      expect((yield* Ref.get(third.seen)).length).toBe(1)
    })
  )
})
