import { HttpApiEndpoint, HttpApiGroup } from "@effect/platform"
import { Schema } from "effect"
import { Access } from "../access/access.ts"
import { Page } from "../page.ts"
import { Webhook } from "./webhook.ts"

const _endpoint = Schema.Struct({ id: Webhook.EndpointId })
const _delivery = Schema.Struct({ id: Webhook.DeliveryId })

/** `/v1/webhook-endpoints` and `/v1/webhook-deliveries`: where facts go, and what became of each sending. */
class WebhookHttp extends HttpApiGroup.make("webhook")
  .add(HttpApiEndpoint.get("endpoints", "/webhook-endpoints").addSuccess(Schema.Array(Webhook.Endpoint)))
  .add(
    HttpApiEndpoint.post("create", "/webhook-endpoints")
      .setPayload(Webhook.Create)
      .addSuccess(Webhook.Created, { status: 201 })
      .addError(Webhook.UrlRefused)
      .addError(Access.Denied)
  )
  .add(
    HttpApiEndpoint.get("endpointById", "/webhook-endpoints/:id")
      .setPath(_endpoint)
      .addSuccess(Webhook.Endpoint)
      .addError(Webhook.NotFound)
  )
  .add(
    HttpApiEndpoint.patch("update", "/webhook-endpoints/:id")
      .setPath(_endpoint)
      .setPayload(Webhook.Update)
      .addSuccess(Webhook.Endpoint)
      .addError(Webhook.NotFound)
      .addError(Access.Denied)
  )
  .add(
    HttpApiEndpoint.del("remove", "/webhook-endpoints/:id")
      .setPath(_endpoint)
      .addError(Webhook.NotFound)
      .addError(Access.Denied)
  )
  .add(
    HttpApiEndpoint.post("test", "/webhook-endpoints/:id/test")
      .setPath(_endpoint)
      .addSuccess(Webhook.Delivery, { status: 202 })
      .addError(Webhook.NotFound)
      .addError(Access.Denied)
  )
  .add(
    HttpApiEndpoint.get("deliveries", "/webhook-deliveries")
      .setUrlParams(
        Schema.Struct({
          ...Page.params,
          endpointId: Schema.optional(Webhook.EndpointId),
          status: Schema.optional(Webhook.DeliveryStatus)
        })
      )
      .addSuccess(Webhook.DeliveryPage)
  )
  .add(
    HttpApiEndpoint.get("attempts", "/webhook-deliveries/:id/attempts")
      .setPath(_delivery)
      .addSuccess(Schema.Array(Webhook.Attempt))
      .addError(Webhook.NotFound)
  )
  .add(
    HttpApiEndpoint.post("replay", "/webhook-deliveries/:id/replay")
      .setPath(_delivery)
      .addSuccess(Webhook.Delivery, { status: 202 })
      .addError(Webhook.NotFound)
      .addError(Access.Denied)
  )
  .middleware(Access.Http)
  .prefix("/v1") {}

export { WebhookHttp }
