import { Schema } from "effect"

const _Endpoint = Schema.Struct({
  id: Schema.String,
  url: Schema.String,
  description: Schema.String,
  /** Event types, or `*` for all. */
  types: Schema.Array(Schema.String),
  enabled: Schema.Boolean,
  disabledReason: Schema.NullOr(Schema.String),
  createdAt: Schema.String
})

const _Delivery = Schema.Struct({
  id: Schema.String,
  endpointId: Schema.String,
  messageId: Schema.String,
  type: Schema.String,
  status: Schema.Literal("pending", "delivered", "dead"),
  /** Since it was created or last replayed. */
  attempts: Schema.Number,
  lastStatusCode: Schema.NullOr(Schema.Number),
  /** Null when nothing is due: finished, or waiting for its endpoint to be enabled. */
  nextAttemptAt: Schema.NullOr(Schema.String),
  createdAt: Schema.String
})

const _Attempt = Schema.Struct({
  attempt: Schema.Number,
  at: Schema.String,
  latencyMillis: Schema.Number,
  statusCode: Schema.NullOr(Schema.Number),
  /** Why there was no answer; null when there was one. */
  error: Schema.NullOr(Schema.String),
  requestBody: Schema.String,
  responseBody: Schema.String
})

/**
 * What a tenant may see of its webhooks, as rows show it: timestamps are ISO 8601 text, secrets are not
 * there.
 */
const WebhookRecord = { Endpoint: _Endpoint, Delivery: _Delivery, Attempt: _Attempt } as const

declare namespace WebhookRecord {
  type Endpoint = typeof _Endpoint.Type
  type Delivery = typeof _Delivery.Type
  type Attempt = typeof _Attempt.Type
}

export { WebhookRecord }
