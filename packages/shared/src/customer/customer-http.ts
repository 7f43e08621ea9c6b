import { HttpApiEndpoint, HttpApiGroup } from "@effect/platform"
import { Schema } from "effect"
import { Access } from "../access/access.ts"
import { Page } from "../page.ts"
import { Customer } from "./customer.ts"

/** `/v1/customers`: who buys. */
class CustomerHttp extends HttpApiGroup.make("customer")
  .add(
    HttpApiEndpoint.get("list", "/")
      .setUrlParams(Schema.Struct({ ...Page.params, search: Schema.optional(Schema.String) }))
      .addSuccess(Customer.Page)
  )
  .add(
    HttpApiEndpoint.get("byId", "/:id")
      .setPath(Schema.Struct({ id: Customer.Id }))
      .addSuccess(Customer.Model)
      .addError(Customer.NotFound)
  )
  .middleware(Access.Http)
  .prefix("/v1/customers") {}

export { CustomerHttp }
