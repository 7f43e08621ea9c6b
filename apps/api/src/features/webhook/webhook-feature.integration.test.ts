import { createServer } from "node:http"
import { HttpApi, HttpClient, HttpClientRequest, HttpLayerRouter } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { expect, layer } from "@effect/vitest"
import { Identifier } from "@tessera/infra/context/identifier"
import { Outbound } from "@tessera/infra/outbound/outbound"
import { Tenancy } from "@tessera/infra/tenancy"
import { TestCluster } from "@tessera/infra/testing/test-cluster"
import { WebhookService } from "@tessera/infra/webhooks/webhook-service"
import { WebhookHttp } from "@tessera/shared/webhook/webhook-http"
import { Context, Effect, Layer } from "effect"
import { TestAccess } from "../../testing/test-access.ts"
import { WebhookFeature } from "./webhook-feature.ts"

/** The contract's webhook group alone, under the contract's name. */
class Api extends HttpApi.make("tessera").add(WebhookHttp) {}

class Receiver extends Context.Tag("test/Receiver")<Receiver, { readonly origin: string }>() {
  /** Accepts everything. */
  static readonly layer = Layer.scoped(
    Receiver,
    Effect.acquireRelease(
      Effect.async<{ readonly origin: string; readonly close: () => void }>((resume) => {
        const accepting = createServer((request, response) => {
          request.resume()
          response.writeHead(200).end("thanks")
        })
        accepting.listen(0, "127.0.0.1", () => {
          const address = accepting.address()
          const port = address !== null && typeof address === "object" ? address.port : 0
          const close = () => {
            accepting.closeAllConnections()
            accepting.close()
          }
          resume(Effect.succeed({ origin: `http://127.0.0.1:${port}`, close }))
        })
      }),
      ({ close }) => Effect.sync(close)
    )
  )
}

const webhooks = WebhookService.layer({ schedule: WebhookService.schedules.demo }).pipe(
  Layer.provide(
    Layer.unwrapEffect(Effect.map(Receiver, ({ origin }) => Outbound.layer({ allow: [origin] })))
  ),
  Layer.provideMerge(Receiver.layer),
  Layer.provideMerge(TestCluster.layer)
)

const server = HttpLayerRouter.serve(
  HttpLayerRouter.addHttpApi(Api).pipe(Layer.provide(WebhookFeature), Layer.provide(TestAccess.layer)),
  { disableLogger: true, disableListenLog: true }
).pipe(Layer.provideMerge(NodeHttpServer.layerTest), Layer.provideMerge(webhooks))

interface Answer {
  readonly status: number
  /** Loose on purpose: the contract's own schema must not hide what the server sent. */
  readonly body: Record<string, unknown> & {
    readonly id: string
    readonly items: ReadonlyArray<Record<string, unknown> & { readonly id: string }>
  }
}

const call = (
  as: string,
  method: "GET" | "POST" | "PATCH" | "DELETE",
  path: string,
  body: unknown = undefined
): Effect.Effect<Answer, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const response = yield* HttpClientRequest.make(method)(`/v1/${path}`).pipe(
      HttpClientRequest.bearerToken(as),
      (request) => (body === undefined ? request : HttpClientRequest.bodyUnsafeJson(request, body)),
      HttpClient.execute
    )
    const text = yield* response.text
    return { status: response.status, body: text === "" ? {} : JSON.parse(text) }
  }).pipe(Effect.orDie)

const tenant = Effect.map(Identifier.uuid, Tenancy.Id.make)

const created = (tenantId: string) =>
  Effect.gen(function* () {
    const { origin } = yield* Receiver
    const { status, body } = yield* call(`${tenantId}/admin`, "POST", "webhook-endpoints", {
      url: `${origin}/shop`,
      description: "The shop",
      types: ["order.placed"]
    })
    expect(status).toBe(201)
    return body
  })

layer(server, { timeout: "60 seconds", excludeTestServices: true })("webhooks over HTTP", (it) => {
  it.effect("go from creation over a test to the log of what was sent", () =>
    Effect.gen(function* () {
      const tenantId = yield* tenant
      const as = `${tenantId}/operator`
      const { secret, ...endpoint } = yield* created(tenantId)

      const test = yield* call(as, "POST", `webhook-endpoints/${endpoint.id}/test`)
      const path = `webhook-deliveries?endpointId=${endpoint.id}&status=delivered`
      const { body: delivered } = yield* call(as, "GET", path).pipe(
        Effect.delay("20 millis"),
        Effect.repeat({ until: ({ body }) => body.items.length > 0 }),
        Effect.timeout("15 seconds")
      )
      const attempts = yield* call(as, "GET", `webhook-deliveries/${test.body.id}/attempts`)
      const replay = yield* call(as, "POST", `webhook-deliveries/${test.body.id}/replay`)

      expect(secret).toMatch(/^whsec_/)
      expect(endpoint).toMatchObject({ description: "The shop", types: ["order.placed"], enabled: true })
      expect(yield* call(as, "GET", "webhook-endpoints")).toEqual({ status: 200, body: [endpoint] })
      expect(yield* call(as, "GET", `webhook-endpoints/${endpoint.id}`)).toEqual({
        status: 200,
        body: endpoint
      })
      expect(test).toMatchObject({
        status: 202,
        body: { type: "webhook.test", status: "pending", attempts: 0 }
      })
      expect(delivered.items).toMatchObject([{ id: test.body.id, attempts: 1, lastStatusCode: 200 }])
      expect(attempts).toMatchObject({
        status: 200,
        body: [{ attempt: 1, statusCode: 200, responseBody: "thanks" }]
      })
      expect(replay).toMatchObject({ status: 202, body: { id: test.body.id, status: "pending" } })
    })
  )

  it.effect("are wired by who manages, tested by who operates, seen by all", () =>
    Effect.gen(function* () {
      const tenantId = yield* tenant
      const { id } = yield* created(tenantId)
      const { origin } = yield* Receiver
      const draft = { url: `${origin}/x`, types: ["*"] }
      const tried = (role: string) =>
        Effect.all([
          Effect.map(call(`${tenantId}/${role}`, "GET", "webhook-endpoints"), ({ status }) => status),
          Effect.map(
            call(`${tenantId}/${role}`, "POST", `webhook-endpoints/${id}/test`),
            ({ status }) => status
          ),
          Effect.map(call(`${tenantId}/${role}`, "POST", "webhook-endpoints", draft), ({ status }) => status),
          Effect.map(
            call(`${tenantId}/${role}`, "PATCH", `webhook-endpoints/${id}`, { enabled: false }),
            ({ status }) => status
          ),
          Effect.map(call(`${tenantId}/${role}`, "DELETE", `webhook-endpoints/${id}`), ({ status }) => status)
        ])

      expect(yield* tried("viewer")).toEqual([200, 403, 403, 403, 403])
      expect(yield* tried("operator")).toEqual([200, 202, 403, 403, 403])
      expect(yield* tried("admin")).toEqual([200, 202, 201, 200, 204])
    })
  )

  it.effect("answer 404 for another tenant's ids", () =>
    Effect.gen(function* () {
      const theirs = yield* tenant
      const { id } = yield* created(theirs)
      const { body: delivery } = yield* call(`${theirs}/operator`, "POST", `webhook-endpoints/${id}/test`)
      const as = `${yield* tenant}/owner`

      const answers = yield* Effect.all([
        call(as, "GET", `webhook-endpoints/${id}`),
        call(as, "PATCH", `webhook-endpoints/${id}`, { enabled: false }),
        call(as, "DELETE", `webhook-endpoints/${id}`),
        call(as, "POST", `webhook-endpoints/${id}/test`),
        call(as, "GET", `webhook-deliveries/${delivery.id}/attempts`),
        call(as, "POST", `webhook-deliveries/${delivery.id}/replay`)
      ])

      expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
        answers.map(() => [404, "Webhook.NotFound"])
      )
      expect((yield* call(as, "GET", "webhook-deliveries")).body.items).toEqual([])
      expect((yield* call(as, "GET", "webhook-endpoints")).body).toEqual([])
    })
  )

  it.effect("refuse an address inside with 422 and its reason, and a cursor nobody handed out with 400", () =>
    Effect.gen(function* () {
      const as = `${yield* tenant}/owner`

      const refused = yield* call(as, "POST", "webhook-endpoints", { url: "https://10.0.0.1/", types: ["*"] })

      expect(refused).toMatchObject({ status: 422, body: { code: "Webhook.UrlRefused", detail: "address" } })
      expect((yield* call(as, "GET", "webhook-deliveries?cursor=nonsense")).status).toBe(400)
    })
  )
})
