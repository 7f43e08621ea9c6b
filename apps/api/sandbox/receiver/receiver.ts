import { HttpRouter, HttpServer, HttpServerResponse } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { Config, Effect, Layer } from "effect"
import { LocalServer } from "../local-server.ts"
import { Inbox } from "./inbox.ts"
import { InboxRoutes } from "./inbox-routes.ts"

const _invalid = () => HttpServerResponse.json({ code: "invalid_request" }, { status: 400 })

const _routes = InboxRoutes.pipe(HttpRouter.catchTags({ ParseError: _invalid, RequestError: _invalid }))

const _announcement = Layer.effectDiscard(
  Effect.gen(function* () {
    const inbox = yield* Inbox
    yield* HttpServer.addressFormattedWith((address) =>
      Effect.logInfo(`Webhook receiver listens on ${address}, deliveries in ${inbox.file}`)
    )
  })
)

/**
 * A customer's webhook receiver whose answers can be programmed. `RECEIVER_PORT` (4020, 0 lets the system
 * choose) and `RECEIVER_HOST` (127.0.0.1).
 */
const Receiver = {
  layer: Layer.merge(HttpServer.serve(_routes), _announcement).pipe(
    Layer.provide(Inbox.layer),
    Layer.provide(NodeContext.layer),
    Layer.provideMerge(
      LocalServer.layer({
        port: LocalServer.port("RECEIVER_PORT", 4020),
        host: Config.string("RECEIVER_HOST").pipe(Config.withDefault("127.0.0.1"))
      })
    )
  )
} as const

export { Receiver }
