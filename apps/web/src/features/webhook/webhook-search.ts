import { Webhook } from "@tessera/shared/webhook/webhook"
import { Schema } from "effect"
import { SearchParams } from "../../lib/search-params.ts"

const _Search = Schema.Struct({
  status: Schema.optional(Webhook.DeliveryStatus),
  endpointId: Schema.optional(Webhook.EndpointId),
  cursor: Schema.optional(Schema.String),
  /** The delivery whose attempts are open. */
  delivery: Schema.optional(Webhook.DeliveryId)
})

/** Filters of the deliveries and the open delivery, as they stand in the URL. */
const WebhookSearch = { read: SearchParams.lenient(_Search, {}) } as const

declare namespace WebhookSearch {
  type Value = typeof _Search.Type
}

export { WebhookSearch }
