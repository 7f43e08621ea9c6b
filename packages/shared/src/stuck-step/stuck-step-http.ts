import { HttpApiEndpoint, HttpApiGroup } from "@effect/platform"
import { Schema } from "effect"
import { Access } from "../access/access.ts"
import { StuckStep } from "./stuck-step.ts"

/** `/v1/stuck-steps`: the oldest first, 100 at most. What comes of a `retry` is in the timeline. */
class StuckStepHttp extends HttpApiGroup.make("stuckStep")
  .add(HttpApiEndpoint.get("list", "/").addSuccess(Schema.Array(StuckStep.Model)))
  .add(
    HttpApiEndpoint.post("retry", "/retry")
      .setPayload(StuckStep.Place)
      .addSuccess(Schema.Void, { status: 202 })
      .addError(StuckStep.NotFound)
      .addError(Access.Denied)
  )
  .middleware(Access.Http)
  .prefix("/v1/stuck-steps") {}

export { StuckStepHttp }
