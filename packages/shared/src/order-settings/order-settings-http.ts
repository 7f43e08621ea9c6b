import { HttpApiEndpoint, HttpApiGroup } from "@effect/platform"
import { Access } from "../access/access.ts"
import { OrderSettings } from "./order-settings.ts"

/** `/v1/order-settings`: one for each tenant; changing them needs `manage`. */
class OrderSettingsHttp extends HttpApiGroup.make("orderSettings")
  .add(HttpApiEndpoint.get("read", "/").addSuccess(OrderSettings.Model))
  .add(
    HttpApiEndpoint.put("replace", "/")
      .setPayload(OrderSettings.Model)
      .addSuccess(OrderSettings.Model)
      .addError(Access.Denied)
  )
  .middleware(Access.Http)
  .prefix("/v1/order-settings") {}

export { OrderSettingsHttp }
