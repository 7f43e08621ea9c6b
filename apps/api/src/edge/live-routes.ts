import { HttpLayerRouter, type HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { RpcSerialization, RpcServer } from "@effect/rpc"
import { Live } from "@tessera/shared/live"
import { Effect, Layer, Option } from "effect"
import { AccessSettings } from "../access/access-settings.ts"
import { Authenticator } from "../access/authenticator.ts"
import { OriginPolicy } from "../access/origin-policy.ts"
import { SignedOut } from "../access/signed-out.ts"
import { ProblemResponse } from "./problem-response.ts"
import { RpcDefect } from "./rpc-defect.ts"

/**
 * A socket route that judges the page behind the upgrade, and that ends with the session it was opened by.
 */
const _protocol = (path: `/${string}`) =>
  Effect.gen(function* () {
    const router = yield* HttpLayerRouter.HttpRouter
    const authenticator = yield* Authenticator
    const { publicUrl } = yield* AccessSettings
    const { httpApp, protocol } = yield* RpcServer.makeProtocolWithHttpAppWebsocket

    const untilSignedOut = Effect.fn("LiveRoutes.untilSignedOut")(function* (
      headers: HttpServerRequest.HttpServerRequest["headers"]
    ) {
      const credentials = authenticator.byHeaders(headers)
      const opened = yield* Effect.option(credentials)
      const watch = SignedOut.of(headers).pipe(
        Effect.as(HttpServerResponse.empty()),
        Effect.provideService(Authenticator, authenticator)
      )
      return yield* Option.match(opened, {
        onNone: () => httpApp,
        onSome: () => Effect.raceFirst(httpApp, watch)
      })
    })

    yield* router.add("GET", path, ({ headers }) =>
      headers.cookie === undefined || OriginPolicy.isOurs({ headers, publicUrl })
        ? untilSignedOut(headers)
        : Effect.succeed(ProblemResponse.of({ status: 403 }))
    )
    return RpcDefect.hidden(protocol)
  })

const _route = (path: `/${string}`, serialization: Layer.Layer<RpcSerialization.RpcSerialization>) =>
  // One broken message must not take the other streams of its socket down.
  RpcServer.layer(Live, { disableFatalDefects: true }).pipe(
    Layer.provide(Layer.effect(RpcServer.Protocol, _protocol(path))),
    Layer.provide(serialization)
  )

/**
 * The typed WebSocket messages: `/rpc` in MsgPack for our client, `/rpc/json` with one JSON text a frame
 * for everyone else. An upgrade that brings a cookie must come from our own page.
 */
const LiveRoutes = Layer.merge(
  _route("/rpc", RpcSerialization.layerMsgPack),
  _route("/rpc/json", RpcSerialization.layerJson)
)

export { LiveRoutes }
