import { HttpApiEndpoint, HttpApiGroup } from "@effect/platform"
import { Schema } from "effect"
import { Access } from "../access/access.ts"
import { Page } from "../page.ts"
import { Job } from "./job.ts"

const _path = Schema.Struct({ id: Job.Id })

/** `/v1/jobs`: background work, and the dead letters that can be sent round again. */
class JobHttp extends HttpApiGroup.make("job")
  .add(
    HttpApiEndpoint.get("list", "/")
      .setUrlParams(Schema.Struct({ ...Page.params, status: Schema.optional(Job.Status) }))
      .addSuccess(Job.Page)
  )
  .add(HttpApiEndpoint.get("byId", "/:id").setPath(_path).addSuccess(Job.Model).addError(Job.NotFound))
  .add(
    HttpApiEndpoint.post("replay", "/:id/replay")
      .setPath(_path)
      .addSuccess(Job.Model)
      .addError(Job.NotFound)
      .addError(Job.NotDead)
      .addError(Access.Denied)
  )
  .middleware(Access.Http)
  .prefix("/v1/jobs") {}

export { JobHttp }
