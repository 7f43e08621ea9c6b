import { keepPreviousData, queryOptions } from "@tanstack/react-query"
import { type Webhook } from "@tessera/shared/webhook/webhook"
import { ApiRuntime } from "../../lib/api-runtime.ts"
import { type WebhookSearch } from "./webhook-search.ts"

const _all = ["webhooks"] as const
/** Deliveries have no events of their own: they are asked for while their page is open and visible. */
const _pollMillis = 3000

/** Reads and writes of webhook endpoints, deliveries and attempts. */
const WebhookQueries = {
  all: _all,
  endpoints: queryOptions({
    queryKey: [..._all, "endpoints"],
    queryFn: ApiRuntime.query((client) => client.webhook.endpoints({}))
  }),
  deliveries: ({ delivery: _, ...filter }: WebhookSearch.Value) =>
    queryOptions({
      queryKey: [..._all, "deliveries", filter],
      queryFn: ApiRuntime.query((client) =>
        client.webhook.deliveries({ urlParams: { ...filter, limit: 50 } })
      ),
      placeholderData: keepPreviousData,
      refetchInterval: _pollMillis
    }),
  attempts: (id: Webhook.DeliveryId) =>
    queryOptions({
      queryKey: [..._all, "attempts", id],
      queryFn: ApiRuntime.query((client) => client.webhook.attempts({ path: { id } })),
      refetchInterval: _pollMillis
    }),
  create: {
    mutationFn: ApiRuntime.mutation((client, endpoint: Webhook.Create) =>
      client.webhook.create({ payload: endpoint })
    ),
    invalidates: [_all]
  },
  enable: {
    mutationFn: ApiRuntime.mutation(
      (client, { id, enabled }: { readonly id: Webhook.EndpointId; readonly enabled: boolean }) =>
        client.webhook.update({ path: { id }, payload: { enabled } })
    ),
    invalidates: [_all]
  },
  remove: {
    mutationFn: ApiRuntime.mutation((client, id: Webhook.EndpointId) =>
      client.webhook.remove({ path: { id } })
    ),
    invalidates: [_all]
  },
  test: {
    mutationFn: ApiRuntime.mutation((client, id: Webhook.EndpointId) =>
      client.webhook.test({ path: { id } })
    ),
    invalidates: [_all]
  },
  replay: {
    mutationFn: ApiRuntime.mutation((client, id: Webhook.DeliveryId) =>
      client.webhook.replay({ path: { id } })
    ),
    invalidates: [_all]
  }
} as const

export { WebhookQueries }
