import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { HttpServer } from "@effect/platform"
import { expect, layer } from "@effect/vitest"
import { Outbound } from "@tessera/infra/outbound/outbound"
import { Tenancy } from "@tessera/infra/tenancy"
import { Failure } from "@tessera/shared/failure/failure"
import { ConfigProvider, Context, Effect, Layer } from "effect"
import { Provider } from "../../../sandbox/provider/provider.ts"
import { SandboxFailures } from "../../wiring/sandbox-failures.ts"
import { Failures } from "./failures.ts"

class Sandbox extends Context.Tag("test/Sandbox")<Sandbox, string>() {}

/** The real sandbox on a port of the system. */
const sandbox = Layer.unwrapScoped(
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "failures-"))),
      (made) => Effect.sync(() => rmSync(made, { recursive: true }))
    )
    const env = new Map([
      ["SANDBOX_PORT", "0"],
      ["DATA_DIR", folder]
    ])
    return Layer.effect(
      Sandbox,
      Effect.map(HttpServer.HttpServer, ({ address }) =>
        address._tag === "TcpAddress" ? `http://127.0.0.1:${address.port}` : ""
      )
    ).pipe(Layer.provide(Provider.layer), Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(env))))
  })
)

const outbound = Layer.unwrapEffect(Effect.map(Sandbox, (url) => Outbound.layer({ allow: [url] })))

const failures = (isOpen: boolean) =>
  Failures.layer.pipe(
    Layer.provide(Layer.unwrapEffect(Effect.map(Sandbox, (url) => SandboxFailures.layer({ url, isOpen }))))
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

const live = outbound.pipe(Layer.provideMerge(sandbox), Layer.orDie)

layer(live, { excludeTestServices: true })("the failure panel", (it) => {
  it.effect("breaks the sandbox, and mends it although nobody may call it any more", () =>
    Effect.gen(function* () {
      const panel = yield* Failures
      const url = yield* Sandbox
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
