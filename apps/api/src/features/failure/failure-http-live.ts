import { HttpApiBuilder } from "@effect/platform"
import { Api } from "@tessera/shared/api"
import { Effect } from "effect"
import { Failures } from "./failures.ts"

/** Maps `FailureHttp` onto `Failures`. */
const FailureHttpLive = HttpApiBuilder.group(Api, "failure", (handlers) =>
  Effect.map(Failures, (failures) =>
    handlers.handle("read", () => failures.read).handle("replace", ({ payload }) => failures.replace(payload))
  )
)

export { FailureHttpLive }
