import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, Multipart } from "@effect/platform"
import { Schema } from "effect"
import { Access } from "../access/access.ts"
import { Page } from "../page.ts"
import { Import } from "./import.ts"

const _path = Schema.Struct({ id: Import.Id })

/**
 * `/v1/imports`: upload (`multipart/form-data`: `kind`, optional `autocommit=true`, then `file` as the last
 * part, streamed to the object store) → preview → mapping → commit → rejected rows.
 */
class ImportHttp extends HttpApiGroup.make("import")
  .add(HttpApiEndpoint.get("list", "/").setUrlParams(Schema.Struct(Page.params)).addSuccess(Import.Page))
  .add(
    HttpApiEndpoint.post("upload", "/")
      .setPayload(
        HttpApiSchema.MultipartStream(
          Schema.Struct({
            kind: Import.Kind,
            autocommit: Schema.optional(Schema.String),
            file: Multipart.SingleFileSchema
          })
        )
      )
      .addSuccess(Import.Model, { status: 202 })
      .addError(Import.Unreadable)
      .addError(Access.Denied)
  )
  .add(HttpApiEndpoint.get("byId", "/:id").setPath(_path).addSuccess(Import.Model).addError(Import.NotFound))
  .add(
    HttpApiEndpoint.put("mapping", "/:id/mapping")
      .setPath(_path)
      .setPayload(Schema.Struct({ mapping: Import.Mapping }))
      .addSuccess(Import.Model)
      .addError(Import.NotFound)
      .addError(Import.WrongState)
      .addError(Access.Denied)
  )
  .add(
    HttpApiEndpoint.post("commit", "/:id/commit")
      .setPath(_path)
      .addSuccess(Import.Model)
      .addError(Import.NotFound)
      .addError(Import.WrongState)
      .addError(Access.Denied)
  )
  .add(
    HttpApiEndpoint.post("cancel", "/:id/cancel")
      .setPath(_path)
      .addSuccess(Import.Model)
      .addError(Import.NotFound)
      .addError(Import.WrongState)
      .addError(Access.Denied)
  )
  .add(
    HttpApiEndpoint.get("rejected", "/:id/rejected")
      .setPath(_path)
      .setUrlParams(Schema.Struct(Page.params))
      .addSuccess(Import.RejectionPage)
      .addError(Import.NotFound)
  )
  .add(
    HttpApiEndpoint.get("rejectedFile", "/:id/rejected.csv")
      .setPath(_path)
      .addSuccess(HttpApiSchema.Text({ contentType: "text/csv; charset=utf-8" }))
      .addError(Import.NotFound)
  )
  .middleware(Access.Http)
  .prefix("/v1/imports") {}

export { ImportHttp }
