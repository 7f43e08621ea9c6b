import { Schema } from "effect"
import { Page } from "../page.ts"
import { Problem } from "../problem.ts"

const _EndpointId = Schema.UUID.pipe(Schema.brand("WebhookEndpointId"))
const _DeliveryId = Schema.UUID.pipe(Schema.brand("WebhookDeliveryId"))

const _Url = Schema.String.pipe(Schema.pattern(/^https?:\/\/[^\s]+$/), Schema.maxLength(2000))

class _Endpoint extends Schema.Class<_Endpoint>("Webhook.Endpoint")({
  id: _EndpointId,
  url: _Url,
  description: Schema.String,
  /** Event types, or `*` for all. */
  types: Schema.Array(Schema.String),
  enabled: Schema.Boolean,
  /** Why it was switched off; null while enabled. */
  disabledReason: Schema.NullOr(Schema.String),
  createdAt: Schema.DateTimeUtc
}) {}

/** The secret is shown once, here. */
class _Created extends _Endpoint.extend<_Created>("Webhook.Created")({ secret: Schema.String }) {}

class _Create extends Schema.Class<_Create>("Webhook.Create")({
  url: _Url,
  description: Schema.optional(Schema.String.pipe(Schema.maxLength(200))),
  types: Schema.NonEmptyArray(Schema.String.pipe(Schema.maxLength(100))).pipe(Schema.maxItems(50))
}) {}

class _Update extends Schema.Class<_Update>("Webhook.Update")({ enabled: Schema.Boolean }) {}

const _DeliveryStatus = Schema.Literal("pending", "delivered", "dead")

class _Delivery extends Schema.Class<_Delivery>("Webhook.Delivery")({
  id: _DeliveryId,
  endpointId: _EndpointId,
  /** The `webhook-id` header: the same on all attempts. */
  messageId: Schema.String,
  type: Schema.String,
  status: _DeliveryStatus,
  attempts: Schema.Int,
  lastStatusCode: Schema.NullOr(Schema.Int),
  nextAttemptAt: Schema.NullOr(Schema.DateTimeUtc),
  createdAt: Schema.DateTimeUtc
}) {}

class _Attempt extends Schema.Class<_Attempt>("Webhook.Attempt")({
  attempt: Schema.Int,
  at: Schema.DateTimeUtc,
  latencyMillis: Schema.Int,
  statusCode: Schema.NullOr(Schema.Int),
  error: Schema.NullOr(Schema.String),
  requestBody: Schema.String,
  /** Cut after 2,000 characters. */
  responseBody: Schema.String
}) {}

class _NotFound extends Schema.TaggedError<_NotFound>()(
  "Webhook.NotFound",
  { ...Problem.fields("Webhook.NotFound", 404, "No such webhook endpoint or delivery"), id: Schema.String },
  Problem.annotations(404)
) {}

class _UrlRefused extends Schema.TaggedError<_UrlRefused>()(
  "Webhook.UrlRefused",
  Problem.fields("Webhook.UrlRefused", 422, "This address is not allowed for webhooks"),
  Problem.annotations(422)
) {}

const Webhook = {
  EndpointId: _EndpointId,
  DeliveryId: _DeliveryId,
  Endpoint: _Endpoint,
  Created: _Created,
  Create: _Create,
  Update: _Update,
  DeliveryStatus: _DeliveryStatus,
  Delivery: _Delivery,
  DeliveryPage: Page.of(_Delivery),
  Attempt: _Attempt,
  NotFound: _NotFound,
  UrlRefused: _UrlRefused
} as const

declare namespace Webhook {
  type EndpointId = typeof _EndpointId.Type
  type DeliveryId = typeof _DeliveryId.Type
  type Endpoint = _Endpoint
  type Created = _Created
  type Create = _Create
  type Update = _Update
  type DeliveryStatus = typeof _DeliveryStatus.Type
  type Delivery = _Delivery
  type DeliveryPage = typeof Webhook.DeliveryPage.Type
  type Attempt = _Attempt
  type NotFound = _NotFound
  type UrlRefused = _UrlRefused
}

export { Webhook }
