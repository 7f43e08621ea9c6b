import {
  HttpApi,
  HttpApiBuilder,
  HttpApiEndpoint,
  HttpApiGroup,
  HttpClient,
  HttpClientRequest,
  HttpLayerRouter,
  HttpServerResponse
} from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { describe, expect, it } from "@effect/vitest"
import { Problem } from "@tessera/shared/problem"
import { Context, Effect, HashMap, Layer, Logger, Option, Ref, Schema, Stream } from "effect"
import { EdgeMiddleware } from "./edge-middleware.ts"

class Taken extends Schema.TaggedError<Taken>()(
  "Order.Taken",
  { ...Problem.fields("Order.Taken", 409, "Someone was faster"), by: Schema.String },
  Problem.annotations(409)
) {}

class OrderHttp extends HttpApiGroup.make("order")
  .add(
    HttpApiEndpoint.post("place", "/v1/orders")
      .setPayload(Schema.Struct({ lines: Schema.Array(Schema.Struct({ quantity: Schema.Int })) }))
      .addSuccess(Schema.Struct({ count: Schema.Number }))
      .addError(Taken)
  )
  .add(HttpApiEndpoint.get("broken", "/v1/broken")) {}

class Api extends HttpApi.make("test").add(OrderHttp) {}

class Logged extends Context.Tag("Logged")<Logged, Ref.Ref<ReadonlyArray<string>>>() {}

const handlers = HttpApiBuilder.group(Api, "order", (group) =>
  group
    .handle("place", ({ payload: { lines } }) =>
      lines.length === 0 ? Effect.fail(Taken.make({ by: "Ada" })) : Effect.succeed({ count: lines.length })
    )
    .handle("broken", () => Effect.dieMessage("password of the database is hunter2"))
)

const routes = Layer.mergeAll(
  HttpLayerRouter.add("GET", "/text", HttpServerResponse.text("plain words", { status: 418 })),
  HttpLayerRouter.add("GET", "/nothing", HttpServerResponse.empty({ status: 403 })),
  HttpLayerRouter.add("GET", "/id", (request) =>
    Effect.succeed(HttpServerResponse.text(request.headers["x-request-id"] ?? "none"))
  ),
  HttpLayerRouter.add("GET", "/defect", Effect.die(new Error("secret"))),
  HttpLayerRouter.add("POST", "/v1/imports", (request) =>
    Effect.map(Effect.orDie(request.arrayBuffer), ({ byteLength }) =>
      HttpServerResponse.text(String(byteLength))
    )
  )
)

/** A server on a port of the system's choice, a client for it, and what it logged with which request id. */
const server = Layer.unwrapEffect(
  Effect.map(Ref.make<ReadonlyArray<string>>([]), (logged) => {
    const logger = Logger.make(({ annotations, logLevel }) => {
      const id = Option.getOrElse(HashMap.get(annotations, "requestId"), () => "no id")
      Effect.runSync(Ref.update(logged, (all) => [...all, `${logLevel.label} ${id}`]))
    })
    const app = Layer.mergeAll(HttpLayerRouter.addHttpApi(Api), routes, EdgeMiddleware.layer).pipe(
      Layer.provide(handlers)
    )
    return HttpLayerRouter.serve(app, { disableLogger: true, disableListenLog: true }).pipe(
      Layer.provideMerge(NodeHttpServer.layerTest),
      Layer.provide(Logger.replace(Logger.defaultLogger, logger)),
      Layer.merge(Layer.succeed(Logged, logged))
    )
  })
)

const post = (url: string, body: string, headers: Record<string, string> = {}) =>
  HttpClientRequest.post(url).pipe(
    HttpClientRequest.bodyText(body, headers["content-type"] ?? "application/json"),
    HttpClientRequest.setHeaders(headers),
    HttpClient.execute
  )

const problemOf = Effect.fn(function* (response: Effect.Effect.Success<ReturnType<typeof post>>) {
  expect(response.headers["content-type"]).toBe("application/problem+json")
  const body = yield* response.json
  expect(body).toMatchObject({ status: response.status, requestId: response.headers["x-request-id"] })
  return body
})

it.layer(server)("EdgeMiddleware", (it) => {
  describe("problems", () => {
    it.effect("keeps the members of a refusal and adds the request id", () =>
      Effect.gen(function* () {
        const response = yield* post("/v1/orders", `{"lines":[]}`, { "x-request-id": "abc-1" })

        const problem = yield* problemOf(response)
        expect(problem).toMatchObject({
          type: "https://tessera.dev/problems/Order.Taken",
          title: "Someone was faster",
          status: 409,
          code: "Order.Taken",
          by: "Ada",
          requestId: "abc-1"
        })
      })
    )

    it.effect("names the places of a body that does not decode", () =>
      Effect.gen(function* () {
        const response = yield* post("/v1/orders", `{"lines":[{"quantity":1},{"quantity":"x"}]}`)

        const problem = yield* problemOf(response)
        expect(problem).toMatchObject({
          status: 400,
          code: "Request.Invalid",
          errors: [{ pointer: "/lines/1/quantity" }]
        })
      })
    )

    it.effect("calls a body that is no JSON a bad request", () =>
      Effect.gen(function* () {
        const response = yield* post("/v1/orders", `{"lines":`)

        expect(yield* problemOf(response)).toMatchObject({ status: 400, code: "Request.Invalid" })
      })
    )

    it.effect("hides a defect, and logs it under the request id", () =>
      Effect.gen(function* () {
        const inApi = yield* HttpClient.get("/v1/broken")
        const inRoute = yield* HttpClient.get("/defect")

        expect(yield* problemOf(inApi)).toMatchObject({ status: 500, code: "Internal" })
        expect(yield* problemOf(inRoute)).toMatchObject({ status: 500, code: "Internal" })
        expect((yield* inApi.text) + (yield* inRoute.text)).not.toMatch(/hunter2|secret/)
        const logged = yield* Ref.get(yield* Logged)
        expect(logged).toContain(`ERROR ${inApi.headers["x-request-id"]}`)
        expect(logged).toContain(`ERROR ${inRoute.headers["x-request-id"]}`)
      })
    )

    it.effect("answers an unknown route and an empty refusal with a problem", () =>
      Effect.gen(function* () {
        const unknown = yield* HttpClient.get("/v1/nowhere")
        const empty = yield* HttpClient.get("/nothing")

        expect(yield* problemOf(unknown)).toMatchObject({ status: 404, code: "Route.NotFound" })
        expect(yield* problemOf(empty)).toMatchObject({ status: 403, code: "Access.Denied" })
      })
    )

    it.effect("leaves text and success alone", () =>
      Effect.gen(function* () {
        const text = yield* HttpClient.get("/text")
        const success = yield* post("/v1/orders", `{"lines":[{"quantity":1}]}`)

        expect([text.status, yield* text.text]).toEqual([418, "plain words"])
        expect(yield* success.json).toEqual({ count: 1 })
      })
    )
  })

  describe("request ids", () => {
    it.effect("shows the handler the id that it echoes", () =>
      Effect.gen(function* () {
        const response = yield* HttpClient.get("/id")

        const id = yield* response.text
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/)
        expect(response.headers["x-request-id"]).toBe(id)
      })
    )

    it.effect("does not take over an id that could forge a log line", () =>
      Effect.gen(function* () {
        const response = yield* HttpClient.get("/id", { headers: { "x-request-id": "a b=c\td" } })

        expect(yield* response.text).toMatch(/^[0-9a-f-]{36}$/)
      })
    )
  })

  it.effect("sends the security headers with every answer", () =>
    Effect.gen(function* () {
      const found = yield* HttpClient.get("/id")
      const refused = yield* HttpClient.get("/v1/nowhere")

      for (const { headers } of [found, refused]) {
        expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'")
        expect(headers["content-security-policy"]).not.toMatch(/https?:/)
        expect(headers["x-content-type-options"]).toBe("nosniff")
        expect(headers["referrer-policy"]).toBe("same-origin")
      }
    })
  )

  describe("the body limit", () => {
    const large = JSON.stringify({ lines: [], padding: "x".repeat(1024 * 1024) })

    it.effect("refuses a declared length of more than 1 MiB", () =>
      Effect.gen(function* () {
        const response = yield* post("/v1/orders", large)

        expect(yield* problemOf(response)).toMatchObject({ status: 413, code: "Request.TooLarge" })
      })
    )

    it.effect("cuts a body that tells no length off once it is too long", () =>
      Effect.gen(function* () {
        const chunks = Stream.fromIterable(Array.from({ length: 20 }, () => new Uint8Array(65_536).fill(32)))
        const status = yield* HttpClientRequest.post("/v1/orders").pipe(
          HttpClientRequest.bodyStream(chunks, { contentType: "application/json" }),
          HttpClient.execute,
          Effect.map((response) => response.status),
          Effect.catchTag("RequestError", () => Effect.succeed("cut off"))
        )
        const after = yield* HttpClient.get("/id")

        expect([413, "cut off"]).toContain(status)
        expect(after.status).toBe(200)
      })
    )

    it.effect("is lifted for a multipart upload of an import only", () =>
      Effect.gen(function* () {
        const upload = yield* post("/v1/imports", large, {
          "content-type": "multipart/form-data; boundary=x"
        })
        const json = yield* post("/v1/imports", large)

        expect(yield* upload.text).toBe(String(large.length))
        expect(json.status).toBe(413)
      })
    )
  })
})
