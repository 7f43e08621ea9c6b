import { describe, expect, it } from "@effect/vitest"
import { Array as Arr, Effect, Exit, Fiber, Layer, Logger, Option, Ref, Scope, TestClock } from "effect"
import { HealthService } from "./health-service.ts"

const readiness = Effect.flatMap(HealthService, ({ report }) => Effect.map(report, ({ ready }) => ready))

describe("HealthService", () => {
  it.effect("is ready only after the boot, and never again once it drains", () =>
    Effect.gen(function* () {
      const health = yield* HealthService

      const before = yield* readiness
      yield* health.booted
      const serving = yield* readiness
      yield* health.drain
      yield* health.booted
      const draining = yield* readiness

      expect([before, serving, draining]).toEqual([false, true, false])
    }).pipe(Effect.provide(HealthService.layer))
  )

  it.effect("turns red within a second of losing a critical check, and green again after it", () =>
    Effect.gen(function* () {
      const health = yield* HealthService
      const lost = yield* Ref.make(false)
      const asked = yield* Ref.make(0)
      const check = Ref.update(asked, (times) => times + 1).pipe(
        Effect.zipRight(Ref.get(lost)),
        Effect.filterOrFail(
          (isLost) => !isLost,
          () => "lost" as const
        ),
        Effect.asVoid
      )
      yield* health.register({ name: "database", critical: true, check })
      yield* health.booted

      const green = yield* Effect.all([readiness, readiness, readiness])
      yield* Ref.set(lost, true)
      yield* TestClock.adjust("1001 millis")
      const red = yield* readiness
      yield* Ref.set(lost, false)
      yield* TestClock.adjust("1001 millis")
      const back = yield* readiness

      expect([...green, red, back]).toEqual([true, true, true, false, true])
      expect(yield* Ref.get(asked)).toBe(3)
    }).pipe(Effect.provide(HealthService.layer))
  )

  it.effect("logs that a check begins to fail and that this is over, not each answer", () =>
    Effect.gen(function* () {
      const health = yield* HealthService
      const lost = yield* Ref.make(false)
      const lines = yield* Ref.make<ReadonlyArray<string>>([])
      const logger = Logger.make(({ message }) =>
        Effect.runSync(Ref.update(lines, Arr.append(String(message))))
      )
      const check = Effect.flatMap(Ref.get(lost), (isLost) =>
        Effect.when(Effect.fail("lost"), () => isLost)
      ).pipe(Effect.asVoid)
      yield* health.register({ name: "database", critical: true, check })
      const looked = Effect.zipRight(TestClock.adjust("1001 millis"), health.report).pipe(
        Effect.provide(Logger.replace(Logger.defaultLogger, logger))
      )

      yield* Effect.repeatN(looked, 2)
      yield* Ref.set(lost, true)
      yield* Effect.repeatN(looked, 4)
      yield* Ref.set(lost, false)
      yield* Effect.repeatN(looked, 2)

      expect(yield* Ref.get(lines)).toEqual(["a health check fails", "a health check succeeds again"])
    }).pipe(Effect.provide(HealthService.layer))
  )

  it.effect("gives a check that hangs and cannot be interrupted two seconds", () =>
    Effect.gen(function* () {
      const health = yield* HealthService
      yield* health.register({ name: "hangs", critical: true, check: Effect.uninterruptible(Effect.never) })
      yield* health.booted

      const asking = yield* Effect.fork(health.report)
      yield* TestClock.adjust("2 seconds")
      const report = yield* Fiber.join(asking)

      expect(report).toMatchObject({
        ready: false,
        checks: [{ name: "hangs", ok: false, latencyMillis: 2000 }]
      })
    }).pipe(Effect.provide(HealthService.layer))
  )

  it.effect("stays ready when a check that is not critical dies", () =>
    Effect.gen(function* () {
      const health = yield* HealthService
      yield* health.register({ name: "sandbox", critical: false, check: Effect.dieMessage("gone") })
      yield* health.booted

      const report = yield* health.report

      expect(report).toMatchObject({ ready: true, checks: [{ name: "sandbox", ok: false }] })
    }).pipe(Effect.provide(HealthService.layer))
  )

  it.effect("is red for the whole notice before anything below is closed", () =>
    Effect.gen(function* () {
      const closed = yield* Ref.make(false)
      const handedOver = yield* Ref.make(false)
      const below = Layer.scopedDiscard(Effect.addFinalizer(() => Ref.set(closed, true)))
      const scope = yield* Scope.make()
      const process = HealthService.serving("5 seconds", Ref.set(handedOver, true)).pipe(
        Layer.provideMerge(below),
        Layer.provideMerge(HealthService.layer)
      )
      const context = yield* Layer.buildWithScope(process, scope)
      const ready = Effect.provide(readiness, context)
      const before = yield* ready

      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("4 seconds")
      const during = yield* Effect.all([ready, Ref.get(handedOver), Ref.get(closed)])
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(closing)

      expect(before).toBe(true)
      expect(during).toEqual([false, true, false])
      expect(yield* Ref.get(closed)).toBe(true)
    })
  )

  it.effect("keeps liveness apart from readiness", () =>
    Effect.gen(function* () {
      const health = yield* HealthService
      yield* health.register({ name: "database", critical: true, check: Effect.fail("lost") })

      const fine = yield* health.stuck
      yield* health.markStuck("a lane has not moved for 60 s")
      const stuck = yield* health.stuck

      expect(fine).toEqual(Option.none())
      expect(stuck).toEqual(Option.some("a lane has not moved for 60 s"))
    }).pipe(Effect.provide(HealthService.layer))
  )
})
