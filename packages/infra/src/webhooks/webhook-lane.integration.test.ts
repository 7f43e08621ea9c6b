import { createServer } from "node:http"
import { expect, layer } from "@effect/vitest"
import { Context, Duration, Effect, Layer, Schema, Tracer } from "effect"
import { Webhook } from "standardwebhooks"
import { Identifier } from "../context/identifier.ts"
import { EventBus } from "../events/event-bus.ts"
import { EventDefinition } from "../events/event-definition.ts"
import { Outbound } from "../outbound/outbound.ts"
import { InfraSql } from "../storage/infra-sql.ts"
import { RowCursor } from "../storage/row-cursor.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { TestCluster } from "../testing/test-cluster.ts"
import { WebhookService } from "./webhook-service.ts"

interface Received {
  readonly id: string
  readonly headers: Record<string, string>
  readonly body: string
}

/** Answers by script, then 204. */
class Receiver extends Context.Tag("test/Receiver")<
  Receiver,
  { readonly origin: string; readonly script: Array<number>; readonly received: Array<Received> }
>() {
  static readonly layer = Layer.scoped(
    Receiver,
    Effect.map(
      Effect.acquireRelease(
        Effect.async<Context.Tag.Service<Receiver> & { readonly close: () => void }>((resume) => {
          const script: Array<number> = []
          const received: Array<Received> = []
          const server = createServer((request, response) => {
            const chunks: Array<Buffer> = []
            request.on("data", (chunk) => chunks.push(chunk))
            request.on("end", () => {
              const headers = request.headers as Record<string, string>
              received.push({
                id: headers["webhook-id"] ?? "",
                headers,
                body: Buffer.concat(chunks).toString()
              })
              response.writeHead(script.shift() ?? 204).end()
            })
          })
          server.listen(0, "127.0.0.1", () => {
            const address = server.address()
            const port = address !== null && typeof address === "object" ? address.port : 0
            const close = () => {
              server.closeAllConnections()
              server.close()
            }
            resume(Effect.succeed({ origin: `http://127.0.0.1:${port}`, script, received, close }))
          })
        }),
        ({ close }) => Effect.sync(close)
      ),
      ({ origin, script, received }) => ({ origin, script, received })
    )
  )
}

const schedule = [Duration.millis(100), Duration.millis(200), Duration.millis(300)]

const system = WebhookService.layer({ schedule }).pipe(
  Layer.provideMerge(
    Layer.unwrapEffect(Effect.map(Receiver, ({ origin }) => Outbound.layer({ allow: [origin] })))
  ),
  Layer.provideMerge(Receiver.layer),
  Layer.provideMerge(TestCluster.layer)
)

const asTenant = Effect.provideServiceEffect(
  Tenancy.Current,
  Effect.map(Identifier.uuid, (id) => Tenancy.system(Tenancy.Id.make(id), "test"))
)

const Placed = EventDefinition.make(
  "order.placed",
  { orderId: Schema.String },
  { description: "An order came in." }
)

const place = (orderId: string) =>
  Effect.flatMap(EventBus, (bus) =>
    bus.emit(EventBus.emission(Placed, Placed.make({ orderId }), { aggregateId: orderId, version: 1 }))
  )

const settled = (endpointId: string, status: "delivered" | "dead") =>
  Effect.flatMap(WebhookService, (webhooks) =>
    webhooks.deliveries({ after: RowCursor.top, limit: 10, endpointId })
  ).pipe(
    Effect.map(({ items }) => items[0]),
    Effect.delay("20 millis"),
    Effect.repeat({ until: (row) => row?.status === status }),
    Effect.timeout("15 seconds")
  )

layer(system, { timeout: "60 seconds", excludeTestServices: true })("webhooks on a cluster", (it) => {
  it.effect("carry an event to its receiver, again and again until it is accepted, then rest", () =>
    Effect.gen(function* () {
      const { origin, script, received } = yield* Receiver
      const webhooks = yield* WebhookService
      const endpoint = yield* webhooks.create({
        url: `${origin}/shop`,
        description: "",
        types: ["order.placed"]
      })
      script.push(500, 503)

      yield* place("o-1")
      const delivered = yield* settled(endpoint.id, "delivered")

      expect(delivered).toMatchObject({ attempts: 3, lastStatusCode: 204 })
      const mine = received.filter(({ id }) => id === delivered?.messageId)
      expect(mine).toHaveLength(3)
      for (const { body, headers } of mine) {
        expect(new Webhook(endpoint.secret).verify(body, headers)).toMatchObject({
          type: "order.placed",
          data: { _tag: "order.placed", orderId: "o-1" }
        })
      }
      const log = yield* webhooks.attempts(delivered?.id ?? "")
      const at = log.map((attempt) => Date.parse(attempt.at))
      expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(100)
      expect((at[2] ?? 0) - (at[1] ?? 0)).toBeGreaterThanOrEqual(200)
    }).pipe(asTenant)
  )

  it.effect("end dead after the last retry, and come back by a replay", () =>
    Effect.gen(function* () {
      const { origin, script, received } = yield* Receiver
      const webhooks = yield* WebhookService
      const endpoint = yield* webhooks.create({ url: `${origin}/dead`, description: "", types: ["*"] })
      script.push(500, 500, 500, 500)

      const { id, messageId } = yield* webhooks.sendTest(endpoint.id)
      const dead = yield* settled(endpoint.id, "dead")
      yield* webhooks.replay(id)
      const delivered = yield* settled(endpoint.id, "delivered")

      expect([dead?.attempts, delivered?.attempts]).toEqual([4, 1])
      expect(received.filter((one) => one.id === messageId)).toHaveLength(5)
    }).pipe(asTenant)
  )

  it.effect("go out in the trace of the event, and a delivery of an older version in one of its own", () =>
    Effect.gen(function* () {
      const { origin, script, received } = yield* Receiver
      const webhooks = yield* WebhookService
      const infra = yield* InfraSql
      const endpoint = yield* webhooks.create({ url: `${origin}/traced`, description: "", types: ["*"] })
      const traceId = "4bf92f3577b34da6a3ce929d0e0e4736"
      script.push(500)

      yield* place("o-2").pipe(
        Effect.withParentSpan(Tracer.externalSpan({ traceId, spanId: "00f067aa0ba902b7" }))
      )
      const { id, messageId } = (yield* settled(endpoint.id, "delivered")) ?? { id: "", messageId: "" }
      yield* infra`UPDATE webhook_deliveries SET request_id = NULL, traceparent = NULL WHERE id = ${id}`
      yield* webhooks.replay(id)
      yield* settled(endpoint.id, "delivered")

      const sent = received
        .filter((one) => one.id === messageId)
        .map(({ headers }) => (headers.traceparent ?? "").slice(3, 35))
      const logged = yield* infra<{ readonly traceId: string }>`
        SELECT trace_id FROM webhook_attempts WHERE delivery_id = ${id} ORDER BY at`
      expect(sent.slice(0, 2)).toEqual([traceId, traceId])
      expect(sent[2]).toMatch(/^(?!4bf92f35)[0-9a-f]{32}$/)
      expect(logged.map((attempt) => attempt.traceId)).toEqual(sent)
    }).pipe(asTenant)
  )
})
