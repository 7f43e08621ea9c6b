import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Option, Redacted } from "effect"
import { Config } from "./config.ts"

const env = {
  DATABASE_APP_URL: "postgres://app",
  DATABASE_INFRA_URL: "postgres://infra",
  REPLICA_ID: "replica-1",
  RUNNER_HOST: "127.0.0.1",
  PUBLIC_URL: "http://localhost:8080",
  SELF_URL: "http://127.0.0.1:8080",
  SANDBOX_URL: "http://127.0.0.1:4010",
  OBJECT_SECRET: "0123456789abcdef"
}

const load = (more: Readonly<Record<string, string>>) =>
  Effect.withConfigProvider(
    Config.load,
    ConfigProvider.fromMap(new Map(Object.entries({ ...env, ...more })), { seqDelim: "," })
  )

describe("who moves the money", () => {
  it.effect("is the sandbox, unless somebody says otherwise", () =>
    Effect.gen(function* () {
      const silent = yield* load({})
      const said = yield* load({ PAYMENTS: "sandbox", STRIPE_KEY: "sk_test_unused" })

      assert.deepStrictEqual([silent.stripe, said.stripe], [Option.none(), Option.none()])
    })
  )

  it.effect("is Stripe with a key that shows itself nowhere", () =>
    Effect.gen(function* () {
      const config = yield* load({ PAYMENTS: "stripe", STRIPE_KEY: "sk_test_secret" })
      const stripe = Option.getOrThrow(config.stripe)

      assert.strictEqual(stripe.url, "https://api.stripe.com")
      assert.strictEqual(Redacted.value(stripe.key), "sk_test_secret")
      assert.notInclude(JSON.stringify(config) + String(stripe.key), "sk_test_secret")
    })
  )

  it.effect("is nobody where the key is missing, or the name is another", () =>
    Effect.gen(function* () {
      const keyless = yield* Effect.flip(load({ PAYMENTS: "stripe" }))
      const unknown = yield* Effect.flip(load({ PAYMENTS: "cash" }))

      assert.include(String(keyless), "STRIPE_KEY")
      assert.include(String(unknown), "PAYMENTS")
    })
  )
})
