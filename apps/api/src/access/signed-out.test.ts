import { Headers } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Tenancy } from "@tessera/infra/tenancy"
import { Access } from "@tessera/shared/access/access"
import { Effect, Fiber, Option, Ref, TestClock } from "effect"
import { Authenticator } from "./authenticator.ts"
import { SignedOut } from "./signed-out.ts"

const actor = Tenancy.system(Tenancy.Id.make("0199a000-0000-7000-8000-000000000001"), "test")

const answering = (good: Ref.Ref<boolean>) => {
  const judge = () =>
    Effect.flatMap(Ref.get(good), (still) =>
      still ? Effect.succeed(actor) : Effect.fail(Access.Unauthenticated.make({}))
    )
  return Authenticator.of({ byApiKey: judge, bySession: judge, byHeaders: judge })
}

describe("SignedOut", () => {
  it.effect("ends at the next look after the key was revoked, and not before", () =>
    Effect.gen(function* () {
      const good = yield* Ref.make(true)
      const ended = yield* SignedOut.of(Headers.empty).pipe(
        Effect.provideService(Authenticator, answering(good)),
        Effect.fork
      )

      yield* TestClock.adjust("5 minutes")
      const before = yield* Fiber.poll(ended)
      yield* Ref.set(good, false)
      yield* TestClock.adjust("30 seconds")
      const after = yield* Fiber.poll(ended)

      assert.isTrue(Option.isNone(before))
      assert.isTrue(Option.isSome(after))
    })
  )
})
