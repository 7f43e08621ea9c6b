import { HttpApiEndpoint, HttpApiGroup } from "@effect/platform"
import { Schema } from "effect"
import { Access } from "../access/access.ts"
import { Replica } from "./replica.ts"

const _path = Schema.Struct({ id: Schema.String })

/**
 * `/v1/replicas`: the fleet. Both ways to end a replica exist in demo mode only: `kill` is a SIGKILL,
 * `drain` a SIGTERM, after which it hands its work over before it goes.
 */
class ReplicaHttp extends HttpApiGroup.make("replica")
  .add(HttpApiEndpoint.get("list", "/").addSuccess(Schema.Array(Replica.Model)))
  .add(
    HttpApiEndpoint.post("kill", "/:id/kill")
      .setPath(_path)
      .addSuccess(Schema.Void, { status: 202 })
      .addError(Replica.NotFound)
      .addError(Access.Denied)
  )
  .add(
    HttpApiEndpoint.post("drain", "/:id/drain")
      .setPath(_path)
      .addSuccess(Schema.Void, { status: 202 })
      .addError(Replica.NotFound)
      .addError(Access.Denied)
  )
  .middleware(Access.Http)
  .prefix("/v1/replicas") {}

export { ReplicaHttp }
