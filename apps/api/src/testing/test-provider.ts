import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { HttpServer } from "@effect/platform"
import { Outbound } from "@tessera/infra/outbound/outbound"
import { ConfigProvider, Context, Effect, Layer } from "effect"
import { Provider } from "../../sandbox/provider/provider.ts"

/** The real sandbox on a port of the system, with books of its own; the value is its URL. */
class TestProvider extends Context.Tag("api/testing/TestProvider")<TestProvider, string>() {
  static readonly layer = Layer.unwrapScoped(
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "provider-"))),
        (made) => Effect.sync(() => rmSync(made, { recursive: true }))
      )
      const env = new Map([
        ["SANDBOX_PORT", "0"],
        ["DATA_DIR", folder]
      ])
      return Layer.effect(
        TestProvider,
        Effect.map(HttpServer.HttpServer, ({ address }) =>
          address._tag === "TcpAddress" ? `http://127.0.0.1:${address.port}` : ""
        )
      ).pipe(
        Layer.provide(Provider.layer),
        Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(env)))
      )
    })
  ).pipe(Layer.orDie)

  /** May call it, and nobody else. */
  static readonly outbound = Layer.unwrapEffect(
    Effect.map(TestProvider, (url) => Outbound.layer({ allow: [url] }))
  )
}

export { TestProvider }
