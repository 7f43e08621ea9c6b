import { type RowCursor } from "@tessera/infra/storage/row-cursor"
import { type Tenancy } from "@tessera/infra/tenancy"
import { WebhookService } from "@tessera/infra/webhooks/webhook-service"
import { type Access } from "@tessera/shared/access/access"
import { Page } from "@tessera/shared/page"
import { Webhook } from "@tessera/shared/webhook/webhook"
import { Context, Effect, Layer, Schema } from "effect"
import { Policy } from "../../access/policy.ts"

declare namespace Webhooks {
  type List = {
    /** The key of the row after which the page begins. */
    readonly after: RowCursor.Key
    readonly limit?: number | undefined
    readonly endpointId?: Webhook.EndpointId | undefined
    readonly status?: Webhook.DeliveryStatus | undefined
  }
  type _Use<A, E = never> = Effect.Effect<A, E, Tenancy.Current>
  type Shape = {
    readonly endpoints: _Use<ReadonlyArray<Webhook.Endpoint>>
    readonly endpointById: (id: Webhook.EndpointId) => _Use<Webhook.Endpoint, Webhook.NotFound>
    readonly create: (endpoint: Webhook.Create) => _Use<Webhook.Created, Webhook.UrlRefused | Access.Denied>
    readonly update: (
      id: Webhook.EndpointId,
      change: Webhook.Update
    ) => _Use<Webhook.Endpoint, Webhook.NotFound | Access.Denied>
    readonly remove: (id: Webhook.EndpointId) => _Use<void, Webhook.NotFound | Access.Denied>
    readonly test: (id: Webhook.EndpointId) => _Use<Webhook.Delivery, Webhook.NotFound | Access.Denied>
    readonly deliveries: (query: List) => _Use<Webhook.DeliveryPage>
    readonly attempts: (id: Webhook.DeliveryId) => _Use<ReadonlyArray<Webhook.Attempt>, Webhook.NotFound>
    readonly replay: (id: Webhook.DeliveryId) => _Use<Webhook.Delivery, Webhook.NotFound | Access.Denied>
  }
}

/**
 * What a tenant can do with its webhooks: the mechanism's `WebhookService` under the contract's roles and
 * words.
 */
class Webhooks extends Context.Tag("api/webhook/Webhooks")<Webhooks, Webhooks.Shape>() {
  static readonly layer = Layer.effect(
    Webhooks,
    Effect.gen(function* () {
      const service = yield* WebhookService

      const endpointById: Webhooks.Shape["endpointById"] = Effect.fn("Webhooks.endpointById")(function* (id) {
        return yield* _as(Webhook.Endpoint)(yield* _found(service.byId(id)))
      })

      const create: Webhooks.Shape["create"] = Effect.fn("Webhooks.create")(function* (endpoint) {
        yield* Policy.require("manage")
        const { url, types, description = "" } = endpoint
        const created = yield* service
          .create({ url, types, description })
          .pipe(
            Effect.catchTag("WebhookService.UrlRefused", ({ reason }) =>
              Effect.fail(Webhook.UrlRefused.make({ detail: reason }))
            )
          )
        return yield* _as(Webhook.Created)(created)
      })

      const update: Webhooks.Shape["update"] = Effect.fn("Webhooks.update")(function* (id, { enabled }) {
        yield* Policy.require("manage")
        return yield* _as(Webhook.Endpoint)(yield* _found(service.setEnabled(id, enabled)))
      })

      const remove: Webhooks.Shape["remove"] = Effect.fn("Webhooks.remove")(function* (id) {
        yield* Policy.require("manage")
        yield* _found(service.remove(id))
      })

      const test: Webhooks.Shape["test"] = Effect.fn("Webhooks.test")(function* (id) {
        yield* Policy.require("operate")
        return yield* _as(Webhook.Delivery)(yield* _found(service.sendTest(id)))
      })

      const deliveries: Webhooks.Shape["deliveries"] = Effect.fn("Webhooks.deliveries")(function* (query) {
        const page = yield* service.deliveries({ ...query, limit: query.limit ?? Page.defaultLimit })
        return yield* _as(Webhook.DeliveryPage)(page)
      })

      const attempts: Webhooks.Shape["attempts"] = Effect.fn("Webhooks.attempts")(function* (id) {
        return yield* _as(Schema.Array(Webhook.Attempt))(yield* _found(service.attempts(id)))
      })

      const replay: Webhooks.Shape["replay"] = Effect.fn("Webhooks.replay")(function* (id) {
        yield* Policy.require("operate")
        return yield* _as(Webhook.Delivery)(yield* _found(service.replay(id)))
      })

      return Webhooks.of({
        endpoints: Effect.flatMap(service.list, _as(Schema.Array(Webhook.Endpoint))),
        endpointById,
        create,
        update,
        remove,
        test,
        deliveries,
        attempts,
        replay
      })
    })
  )
}

/** The mechanism knows neither brands nor the product's types; a row that does not fit them is a bug. */
const _as = <A, I>(schema: Schema.Schema<A, I>) => {
  const decode = Schema.decodeUnknown(schema)
  return (row: unknown) => Effect.orDie(decode(row))
}

const _found = <A, R>(use: Effect.Effect<A, WebhookService.NotFound, R>) =>
  Effect.catchTag(use, "WebhookService.NotFound", ({ id }) => Effect.fail(Webhook.NotFound.make({ id })))

export { Webhooks }
