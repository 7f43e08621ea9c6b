import { HttpApiBuilder } from "@effect/platform"
import { Api } from "@tessera/shared/api"
import { Effect } from "effect"
import { StuckSteps } from "./stuck-steps.ts"

/** Maps `StuckStepHttp` onto `StuckSteps`. */
const StuckStepHttpLive = HttpApiBuilder.group(Api, "stuckStep", (handlers) =>
  Effect.map(StuckSteps, (steps) =>
    handlers.handle("list", () => steps.list).handle("retry", ({ payload }) => steps.retry(payload))
  )
)

export { StuckStepHttpLive }
