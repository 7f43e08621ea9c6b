import { randomBytes } from "node:crypto"
import { Array as Arr, Context, Data, DateTime, Effect, Layer, Option } from "effect"
import { Identifier } from "../context/identifier.ts"
import { Trace } from "../context/trace.ts"
import { Outbound } from "../outbound/outbound.ts"
import { RowCursor } from "../storage/row-cursor.ts"
import { Database } from "../tenancy/database.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { WebhookDeliveryRepo } from "./webhook-delivery-repo.ts"
import { WebhookEndpointRepo } from "./webhook-endpoint-repo.ts"
import { WebhookLane } from "./webhook-lane.ts"
import { WebhookOutbox } from "./webhook-outbox.ts"
import { WebhookQueue } from "./webhook-queue.ts"
import { type WebhookRecord } from "./webhook-record.ts"
import { WebhookSchedule } from "./webhook-schedule.ts"
import { type WebhookSender } from "./webhook-sender.ts"

class _NotFound extends Data.TaggedError("WebhookService.NotFound")<{ readonly id: string }> {}
class _UrlRefused extends Data.TaggedError("WebhookService.UrlRefused")<{ readonly reason: string }> {}

declare namespace WebhookService {
  type NotFound = _NotFound
  type UrlRefused = _UrlRefused
  type Options = WebhookSender.Options
  type Draft = {
    readonly url: string
    readonly description: string
    /** Event types, or `*` for all. */
    readonly types: ReadonlyArray<string>
  }
  type Created = WebhookRecord.Endpoint & { readonly secret: string }
  type Query = {
    /** The last row of the page before; `RowCursor.top` for the first page. */
    readonly after: RowCursor.Key
    readonly limit: number
    readonly endpointId?: string | undefined
    readonly status?: WebhookRecord.Delivery["status"] | undefined
  }
  type Shape = {
    /** The only answer that carries the secret. Names are resolved at each delivery, not here. */
    readonly create: (draft: Draft) => Effect.Effect<Created, UrlRefused, Tenancy.Current>
    /** Newest first. */
    readonly list: Effect.Effect<ReadonlyArray<WebhookRecord.Endpoint>, never, Tenancy.Current>
    readonly byId: (id: string) => Effect.Effect<WebhookRecord.Endpoint, NotFound, Tenancy.Current>
    /** What was pending while it was disabled is sent once it is enabled. */
    readonly setEnabled: (
      id: string,
      enabled: boolean
    ) => Effect.Effect<WebhookRecord.Endpoint, NotFound, Tenancy.Current>
    /** With its deliveries. */
    readonly remove: (id: string) => Effect.Effect<void, NotFound, Tenancy.Current>
    /** Sends `webhook.test`, whatever types the endpoint asked for. */
    readonly sendTest: (id: string) => Effect.Effect<WebhookRecord.Delivery, NotFound, Tenancy.Current>
    readonly deliveries: (
      query: Query
    ) => Effect.Effect<RowCursor.Page<WebhookRecord.Delivery>, never, Tenancy.Current>
    readonly attempts: (
      deliveryId: string
    ) => Effect.Effect<ReadonlyArray<WebhookRecord.Attempt>, NotFound, Tenancy.Current>
    /** The full schedule again under the same message id, whatever became of it so far. */
    readonly replay: (deliveryId: string) => Effect.Effect<WebhookRecord.Delivery, NotFound, Tenancy.Current>
  }
}

const _secretBytes = 24
const _secret = Effect.sync(() => `whsec_${randomBytes(_secretBytes).toString("base64")}`)

/**
 * Tells a tenant's own systems what happened, at least once and in no certain order: a durable subscriber of
 * the event log writes one delivery per endpoint and event, lanes send them.
 */
class WebhookService extends Context.Tag("infra/webhooks/WebhookService")<
  WebhookService,
  WebhookService.Shape
>() {
  static readonly NotFound = _NotFound
  static readonly UrlRefused = _UrlRefused
  static readonly schedules = WebhookSchedule
  static readonly layer = (options: WebhookService.Options) =>
    Layer.effect(
      WebhookService,
      Effect.suspend(() => Effect.all([_endpointCases, _deliveryCases])).pipe(
        Effect.map(([endpoints, deliveries]) => WebhookService.of({ ...endpoints, ...deliveries }))
      )
    ).pipe(
      Layer.provide(WebhookOutbox.layer),
      Layer.provide(WebhookLane.layer(options)),
      Layer.provide([WebhookEndpointRepo.layer, WebhookDeliveryRepo.layer, WebhookQueue.layer])
    )
}

const _found = <A>(id: string, row: Option.Option<A>) => Effect.mapError(row, () => new _NotFound({ id }))

const _endpointCases = Effect.gen(function* () {
  const repo = yield* WebhookEndpointRepo
  const outbox = yield* WebhookOutbox
  const outbound = yield* Outbound
  const database = yield* Database

  const create: WebhookService.Shape["create"] = Effect.fn("WebhookService.create")(function* (draft) {
    yield* Option.match(outbound.screen(draft.url), {
      onNone: () => Effect.void,
      onSome: (reason) => Effect.fail(new _UrlRefused({ reason }))
    })
    const [id, secret] = yield* Effect.all([Identifier.uuid, _secret])
    return { ...(yield* database.transaction(repo.insert({ ...draft, id, secret }))), secret }
  })

  const byId: WebhookService.Shape["byId"] = Effect.fn("WebhookService.byId")(function* (id) {
    return yield* _found(id, yield* repo.byId(id))
  }, database.transaction)

  const setEnabled: WebhookService.Shape["setEnabled"] = Effect.fn("WebhookService.setEnabled")(function* (
    id,
    enabled
  ) {
    const endpoint = yield* _found(id, yield* repo.setEnabled(id, enabled))
    yield* Effect.when(outbox.wake(id), () => endpoint.enabled)
    return endpoint
  }, database.transaction)

  const remove: WebhookService.Shape["remove"] = Effect.fn("WebhookService.remove")(function* (id) {
    const removed = yield* repo.remove(id)
    yield* _found(id, removed ? Option.some(id) : Option.none())
  }, database.transaction)

  return { create, list: database.transaction(repo.list), byId, setEnabled, remove }
})

const _deliveryCases = Effect.gen(function* () {
  const endpoints = yield* WebhookEndpointRepo
  const repo = yield* WebhookDeliveryRepo
  const outbox = yield* WebhookOutbox
  const database = yield* Database

  const sendTest: WebhookService.Shape["sendTest"] = Effect.fn("WebhookService.sendTest")(function* (
    endpointId
  ) {
    yield* _found(endpointId, yield* endpoints.byId(endpointId))
    const messageId = yield* Identifier.uuid
    const timestamp = DateTime.formatIso(yield* DateTime.now)
    const { requestId } = yield* Tenancy.Current
    const traceparent = yield* Trace.header
    const about = { requestId, traceparent }
    const ids = yield* outbox.enqueue([
      { endpointId, messageId, type: "webhook.test", timestamp, data: { endpointId }, ...about }
    ])
    const rows = yield* Effect.forEach(ids, repo.byId)
    return yield* _found(endpointId, Option.flatten(Arr.head(rows)))
  }, database.transaction)

  const deliveries: WebhookService.Shape["deliveries"] = Effect.fn("WebhookService.deliveries")(function* ({
    after,
    limit,
    endpointId = null,
    status = null
  }) {
    const rows = yield* repo.list({ after, limit, endpointId, status })
    return RowCursor.page(rows, limit, ({ createdAt, id }) => ({ createdAt, id }))
  }, database.transaction)

  const attempts: WebhookService.Shape["attempts"] = Effect.fn("WebhookService.attempts")(function* (id) {
    yield* _found(id, yield* repo.byId(id))
    return yield* repo.attempts(id)
  }, database.transaction)

  const replay: WebhookService.Shape["replay"] = Effect.fn("WebhookService.replay")(function* (id) {
    const delivery = yield* _found(id, yield* repo.reschedule(id))
    yield* outbox.wake(delivery.endpointId)
    return delivery
  }, database.transaction)

  return { sendTest, deliveries, attempts, replay }
})

export { WebhookService }
