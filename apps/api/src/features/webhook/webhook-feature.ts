import { Layer } from "effect"
import { WebhookHttpLive } from "./webhook-http-live.ts"
import { Webhooks } from "./webhooks.ts"

/** All `app.ts` knows of this folder; it wants `WebhookService`, which sends, from `packages/infra`. */
const WebhookFeature = WebhookHttpLive.pipe(Layer.provide(Webhooks.layer))

export { WebhookFeature }
