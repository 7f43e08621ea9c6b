import { HttpApiEndpoint, HttpApiGroup } from "@effect/platform"
import { Access } from "../access/access.ts"
import { Failure } from "./failure.ts"

/** `/v1/failures`: the sandbox's failure panel, in demo mode only; changing it needs `manage`. */
class FailureHttp extends HttpApiGroup.make("failure")
  .add(HttpApiEndpoint.get("read", "/").addSuccess(Failure.Settings).addError(Failure.NotFound))
  .add(
    HttpApiEndpoint.put("replace", "/")
      .setPayload(Failure.Settings)
      .addSuccess(Failure.Settings)
      .addError(Failure.NotFound)
      .addError(Access.Denied)
  )
  .middleware(Access.Http)
  .prefix("/v1/failures") {}

export { FailureHttp }
