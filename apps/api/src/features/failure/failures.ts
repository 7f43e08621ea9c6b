import { type Tenancy } from "@tessera/infra/tenancy"
import { type Access } from "@tessera/shared/access/access"
import { Failure } from "@tessera/shared/failure/failure"
import { Context, Effect, Layer } from "effect"
import { Policy } from "../../access/policy.ts"
import { FailurePanel } from "./failure-panel.ts"

declare namespace Failures {
  type Shape = {
    readonly read: Effect.Effect<Failure.Settings, Failure.NotFound>
    /** For all tenants: there is one sandbox. */
    readonly replace: (
      settings: Failure.Settings
    ) => Effect.Effect<Failure.Settings, Failure.NotFound | Access.Denied, Tenancy.Current>
  }
}

/** The failures that an operator of the demo dials in. */
class Failures extends Context.Tag("api/failure/Failures")<Failures, Failures.Shape>() {
  static readonly layer = Layer.effect(
    Failures,
    Effect.gen(function* () {
      const panel = yield* FailurePanel
      const open = Effect.unless(Failure.NotFound.make({}), () => panel.isOpen)

      return Failures.of({
        read: Effect.zipRight(open, panel.read),
        replace: Effect.fn("Failures.replace")(function* (settings) {
          yield* open
          yield* Policy.require("manage")
          return yield* panel.replace(settings)
        })
      })
    })
  )
}

export { Failures }
