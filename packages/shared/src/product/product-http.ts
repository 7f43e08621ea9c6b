import { HttpApiEndpoint, HttpApiGroup } from "@effect/platform"
import { Schema } from "effect"
import { Access } from "../access/access.ts"
import { Page } from "../page.ts"
import { Product } from "./product.ts"

/** `/v1/products`: the catalogue and what is on hand. */
class ProductHttp extends HttpApiGroup.make("product")
  .add(
    HttpApiEndpoint.get("list", "/")
      .setUrlParams(Schema.Struct({ ...Page.params, search: Schema.optional(Schema.String) }))
      .addSuccess(Product.Page)
  )
  .add(
    HttpApiEndpoint.post("create", "/")
      .setPayload(Product.Create)
      .addSuccess(Product.Model, { status: 201 })
      .addError(Product.SkuTaken)
      .addError(Access.Denied)
  )
  .add(
    HttpApiEndpoint.get("byId", "/:id")
      .setPath(Schema.Struct({ id: Product.Id }))
      .addSuccess(Product.Model)
      .addError(Product.NotFound)
  )
  .add(
    HttpApiEndpoint.post("restock", "/:id/stock")
      .setPath(Schema.Struct({ id: Product.Id }))
      .setPayload(Product.Restock)
      .addSuccess(Product.Model)
      .addError(Product.NotFound)
      .addError(Access.Denied)
  )
  .middleware(Access.Http)
  .prefix("/v1/products") {}

export { ProductHttp }
