import { expect, layer } from "@effect/vitest"
import { Outbound } from "@tessera/infra/outbound/outbound"
import { Tenancy } from "@tessera/infra/tenancy"
import { Failure } from "@tessera/shared/failure/failure"
import { Effect, Layer } from "effect"
import { TestProvider } from "../../testing/test-provider.ts"
import { SandboxFailures } from "../../wiring/sandbox-failures.ts"
import { Failures } from "./failures.ts"

const failures = (isOpen: boolean) =>
  Failures.layer.pipe(
    Layer.provide(
      Layer.unwrapEffect(Effect.map(TestProvider, (url) => SandboxFailures.layer({ url, isOpen })))
    )
  )

const as = (role: string) =>
  Effect.provideService(
    Tenancy.Current,
    Tenancy.Actor.make({
      tenantId: Tenancy.Id.make("0199a000-0000-7000-8000-00000000000a"),
      actorId: "someone",
      role,
      requestId: "r"
    })
  )

const none = { latencyMillis: 0, errorRatePercent: 0, carrierOutage: false, declineRatePercent: 0 }
const broken = Failure.Settings.make({ errorRatePercent: 100, carrierOutage: true })

const live = TestProvider.outbound.pipe(Layer.provideMerge(TestProvider.layer))

layer(live, { excludeTestServices: true })("the failure panel", (it) => {
  it.effect("breaks the sandbox, and mends it although nobody may call it any more", () =>
    Effect.gen(function* () {
      const panel = yield* Failures
      const url = yield* TestProvider
      const { call } = yield* Outbound
      const ship = call(
        {
          method: "POST",
          url: `${url}/shipments`,
          headers: { "idempotency-key": "k", "content-type": "application/json" },
          body: JSON.stringify({ reference: "t/o/1", postcode: "12345" })
        },
        { retries: 0 }
      )

      const before = yield* panel.read
      const replaced = yield* panel.replace(broken)
      const calls = yield* Effect.forEach(Array.from({ length: 6 }), () => Effect.flip(ship))
      const mended = yield* panel.replace(Failure.Settings.make({}))

      expect(before).toEqual(none)
      expect(replaced).toEqual({ ...none, errorRatePercent: 100, carrierOutage: true })
      expect(calls.map(({ reason }) => reason)).toEqual([
        ...Array.from({ length: 5 }, () => "unavailable"),
        "circuit-open"
      ])
      expect(mended).toEqual(none)
      expect(yield* panel.read).toEqual(none)
    }).pipe(Effect.provide(failures(true)), as("admin"))
  )

  it.effect("can be read by everybody, and changed by who may manage only", () =>
    Effect.gen(function* () {
      const panel = yield* Failures
      const refusals = yield* Effect.forEach(["operator", "viewer"], (role) =>
        Effect.flip(panel.replace(broken)).pipe(as(role))
      )

      expect(refusals.map(({ _tag }) => _tag)).toEqual(["Access.Denied", "Access.Denied"])
      expect(yield* panel.read).toEqual(none)
    }).pipe(Effect.provide(failures(true)))
  )

  it.effect("is not there outside the demo, for nobody", () =>
    Effect.gen(function* () {
      const panel = yield* Failures
      const refusals = [
        yield* Effect.flip(panel.read),
        yield* Effect.flip(panel.replace(broken)).pipe(as("owner")),
        yield* Effect.flip(panel.replace(broken)).pipe(as("viewer"))
      ]

      expect(refusals.map(({ _tag }) => _tag)).toEqual(refusals.map(() => "Failure.NotFound"))
    }).pipe(Effect.provide(failures(false)))
  )
})
