import { HttpRouter, HttpServer, HttpServerResponse } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { Config, Effect, Layer } from "effect"
import { LocalServer } from "../local-server.ts"
import { CarrierRoutes } from "./carrier-routes.ts"
import { FailurePanel } from "./failure-panel.ts"
import { LedgerStore } from "./ledger-store.ts"
import { PanelRoutes } from "./panel-routes.ts"
import { PaymentRoutes } from "./payment-routes.ts"

const _refuse = (status: number, code: string) => HttpServerResponse.json({ code }, { status })

const _routes = HttpRouter.concatAll(PaymentRoutes, CarrierRoutes, PanelRoutes).pipe(
  HttpRouter.catchTags({
    ProviderRefusal: ({ status, code }) => _refuse(status, code),
    ParseError: () => _refuse(400, "invalid_request"),
    RequestError: () => _refuse(400, "invalid_request")
  })
)

const _announcement = Layer.effectDiscard(
  Effect.gen(function* () {
    const ledger = yield* LedgerStore
    yield* HttpServer.addressFormattedWith((address) =>
      Effect.logInfo(`Payment and carrier sandbox listens on ${address}, ledger in ${ledger.file}`)
    )
  })
)

/**
 * The payment and carrier provider, another company as far as Tessera knows: it shares no database with it.
 * `SANDBOX_PORT` (4010, 0 lets the system choose) and `SANDBOX_HOST` (127.0.0.1).
 */
const Provider = {
  layer: Layer.merge(HttpServer.serve(_routes), _announcement).pipe(
    Layer.provide(Layer.merge(LedgerStore.layer, FailurePanel.layer)),
    Layer.provide(NodeContext.layer),
    Layer.provideMerge(
      LocalServer.layer({
        port: LocalServer.port("SANDBOX_PORT", 4010),
        host: Config.string("SANDBOX_HOST").pipe(Config.withDefault("127.0.0.1"))
      })
    )
  )
} as const

export { Provider }
