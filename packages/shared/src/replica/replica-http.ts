import { HttpApiEndpoint, HttpApiGroup } from "@effect/platform"
import { Schema } from "effect"
import { Access } from "../access/access.ts"
import { Replica } from "./replica.ts"

/** `/v1/replicas`: the fleet. `kill` exists in demo mode only and ends the process with SIGKILL. */
class ReplicaHttp extends HttpApiGroup.make("replica")
  .add(HttpApiEndpoint.get("list", "/").addSuccess(Schema.Array(Replica.Model)))
  .add(
    HttpApiEndpoint.post("kill", "/:id/kill")
      .setPath(Schema.Struct({ id: Schema.String }))
      .addSuccess(Schema.Void, { status: 202 })
      .addError(Replica.NotFound)
      .addError(Access.Denied)
  )
  .middleware(Access.Http)
  .prefix("/v1/replicas") {}

export { ReplicaHttp }
