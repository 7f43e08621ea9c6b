import { describe, expect, it } from "@effect/vitest"
import { Tenancy } from "@tessera/infra/tenancy"
import { Effect, Exit } from "effect"
import { Policy } from "./policy.ts"

const as = (role: string) =>
  Effect.provideService(
    Tenancy.Current,
    Tenancy.Actor.make({
      tenantId: Tenancy.Id.make("0190aaaa-0000-7000-8000-000000000001"),
      actorId: "someone",
      role,
      requestId: "request"
    })
  )

describe("Policy", () => {
  it.effect("lets an operator run the daily business and refuses to rewire the tenant", () =>
    Effect.gen(function* () {
      const operates = yield* Effect.exit(Policy.require("operate").pipe(as("operator")))
      const manages = yield* Effect.flip(Policy.require("manage").pipe(as("operator")))

      expect(Exit.isSuccess(operates)).toBe(true)
      expect(manages).toMatchObject({ _tag: "Access.Denied", status: 403, action: "manage" })
    })
  )

  it.effect("lets a role that it does not know do nothing", () =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(Policy.require("read").pipe(as("stranger")))

      expect(refused.code).toBe("Access.Denied")
    })
  )
})
