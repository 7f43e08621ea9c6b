import { createServer } from "node:http"
import { HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Config, Effect, Layer } from "effect"

declare namespace LocalServer {
  type Options = { readonly port: Config.Config<number>; readonly host: Config.Config<string> }
}

/**
 * A node HTTP server that ends at once: requests still open are cut, not drained, because the sandboxes
 * answer some of them only after half a minute.
 */
const LocalServer = {
  /** 0 lets the system choose, which `Config.port` would refuse. */
  port: (name: string, standard: number): Config.Config<number> =>
    Config.integer(name).pipe(
      Config.validate({
        message: "Expected a port from 0 to 65535",
        validation: (port) => port >= 0 && port <= 65_535
      }),
      Config.withDefault(standard)
    ),
  layer: (options: LocalServer.Options) =>
    Layer.unwrapEffect(
      Effect.sync(() => {
        const server = createServer()
        const cut = Effect.sync(() => {
          server.close()
          server.closeAllConnections()
        })
        return Layer.effectDiscard(HttpServer.HttpServer).pipe(
          Layer.merge(Layer.scopedDiscard(Effect.addFinalizer(() => cut))),
          Layer.provideMerge(NodeHttpServer.layerConfig(() => server, options))
        )
      })
    )
} as const

export { LocalServer }
