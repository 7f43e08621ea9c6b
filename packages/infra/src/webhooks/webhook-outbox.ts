import { Context, Effect, Layer } from "effect"
import { Identifier } from "../context/identifier.ts"
import { EventBus } from "../events/event-bus.ts"
import { Database } from "../tenancy/database.ts"
import { type Tenancy } from "../tenancy/tenancy.ts"
import { WebhookDeliveryRepo } from "./webhook-delivery-repo.ts"
import { WebhookEndpointRepo } from "./webhook-endpoint-repo.ts"
import { WebhookLane } from "./webhook-lane.ts"

declare namespace WebhookOutbox {
  type Message = {
    readonly endpointId: string
    /** The `webhook-id` of every attempt; an endpoint gets a message id once. */
    readonly messageId: string
    readonly type: string
    /** ISO 8601. */
    readonly timestamp: string
    readonly data: unknown
    /** The request that the message is about. */
    readonly requestId: string
    readonly traceparent: string | null
  }
  type Shape = {
    /** Joins the caller's transaction and answers with the delivery ids. */
    readonly enqueue: (
      messages: ReadonlyArray<Message>
    ) => Effect.Effect<ReadonlyArray<string>, never, Tenancy.Current>
    /** Has the endpoint's lane look once the caller's transaction has committed. */
    readonly wake: (endpointId: string) => Effect.Effect<void>
  }
}

const _subscriber = "webhooks"

/**
 * Turns events into deliveries: one row per event and enabled endpoint, in the transaction that moves the
 * cursor.
 */
class WebhookOutbox extends Context.Tag("infra/webhooks/WebhookOutbox")<
  WebhookOutbox,
  WebhookOutbox.Shape
>() {
  static readonly layer = Layer.effect(
    WebhookOutbox,
    Effect.gen(function* () {
      const endpoints = yield* WebhookEndpointRepo
      const deliveries = yield* WebhookDeliveryRepo
      const lane = yield* WebhookLane
      const database = yield* Database
      const bus = yield* EventBus

      const wake = (endpointId: string) => database.afterCommit(lane.wake(endpointId))

      const enqueue: WebhookOutbox.Shape["enqueue"] = Effect.fn("WebhookOutbox.enqueue")(
        function* (messages) {
          const drafts = yield* Effect.forEach(messages, _draft)
          yield* deliveries.insert(drafts)
          yield* Effect.forEach(new Set(messages.map(({ endpointId }) => endpointId)), wake, {
            discard: true
          })
          return drafts.map(({ id }) => id)
        }
      )

      yield* bus.on(
        _subscriber,
        (events) =>
          Effect.gen(function* () {
            const messages = _messages(yield* endpoints.subscriptions, events)
            yield* Effect.when(enqueue(messages), () => messages.length > 0)
          }),
        // One statement for a burst; each delivery keeps the request and the trace of its own event.
        { together: true }
      )

      return WebhookOutbox.of({ enqueue, wake })
    })
  )
}

const _messages = (
  subscriptions: ReadonlyArray<WebhookEndpointRepo.Subscription>,
  events: ReadonlyArray<EventBus.Record>
): ReadonlyArray<WebhookOutbox.Message> =>
  events.flatMap(({ id: messageId, type, occurredAt: timestamp, payload: data, requestId, traceparent }) =>
    subscriptions
      .filter(({ types }) => types.includes("*") || types.includes(type))
      .map(({ id: endpointId }) => ({ endpointId, messageId, type, timestamp, data, requestId, traceparent }))
  )

const _draft = ({ timestamp, data, ...message }: WebhookOutbox.Message) =>
  Effect.map(Identifier.uuid, (id) => ({
    ...message,
    id,
    partition: WebhookLane.partitionOf(message.endpointId),
    body: JSON.stringify({ type: message.type, timestamp, data })
  }))

export { WebhookOutbox }
