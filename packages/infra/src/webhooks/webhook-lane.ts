import { Context, Effect, Layer, Metric, Option } from "effect"
import { Lanes } from "../lanes/lanes.ts"
import { Outbound } from "../outbound/outbound.ts"
import { Failpoint } from "../testing/failpoint.ts"
import { WebhookQueue } from "./webhook-queue.ts"
import { WebhookSender } from "./webhook-sender.ts"

declare namespace WebhookLane {
  type Shape = {
    /** Marks the endpoint's lane as worth a look. */
    readonly wake: (endpointId: string) => Effect.Effect<void>
  }
}

const _kind = "webhooks"
const _concurrency = 4
/** So that a row which is due but cannot be claimed does not spin. */
const _leastMillis = 50

/** Deliveries as work on lanes: the key is the endpoint, so a slow receiver holds up nobody else. */
class WebhookLane extends Context.Tag("infra/webhooks/WebhookLane")<WebhookLane, WebhookLane.Shape>() {
  static readonly partitionOf = Lanes.partitionOf
  static readonly layer = (options: WebhookSender.Options) =>
    Layer.effect(
      WebhookLane,
      Effect.gen(function* () {
        const queue = yield* WebhookQueue
        const lanes = yield* Lanes
        const attempt = WebhookSender.attempt(yield* Outbound, options)

        const deliver = (fence: WebhookQueue.Fence, claimed: ReadonlyArray<WebhookQueue.Claimed>) =>
          Effect.gen(function* () {
            const results = yield* Effect.forEach(claimed, attempt, { concurrency: _concurrency })
            yield* Failpoint.hit("webhook.save.before")
            const { written, disabled } = yield* queue.complete(fence, results)
            yield* Metric.incrementBy(Lanes.metrics.stale(_kind), results.length - written)
            const dead = results.filter(({ status }) => status === "dead").map(({ id }) => id)
            yield* Effect.when(
              Effect.logWarning("webhook deliveries are dead").pipe(
                Effect.annotateLogs({ deliveries: dead })
              ),
              () => dead.length > 0 && written > 0
            )
            yield* Effect.when(Effect.logWarning("a webhook endpoint was disabled"), () => disabled)
            return written > 0 ? Lanes.again : Lanes.dueIn(_leastMillis)
          }).pipe(Effect.annotateLogs({ endpointId: fence.endpointId }))

        const rest = (fence: WebhookQueue.Fence) =>
          Effect.map(
            queue.nextDueMillis(fence),
            Option.match({
              onNone: () => Lanes.idle,
              onSome: (millis) => Lanes.dueIn(Math.max(_leastMillis, Math.ceil(millis)))
            })
          )

        yield* lanes.register({
          name: _kind,
          due: (partitions) => Effect.succeed(queue.due(partitions)),
          work: ({ partition, epoch, key }) =>
            Effect.gen(function* () {
              const fence = { partition, epoch, endpointId: key }
              const claimed = yield* queue.claim(fence)
              yield* Metric.update(Lanes.metrics.rows(_kind), claimed.length)
              return yield* claimed.length > 0 ? deliver(fence, claimed) : rest(fence)
            })
        })

        return WebhookLane.of({ wake: (endpointId) => lanes.wake(_kind, endpointId) })
      })
    )
}

export { WebhookLane }
