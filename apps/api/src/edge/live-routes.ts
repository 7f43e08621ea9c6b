import { type HttpServerRequest } from "@effect/platform"
import { OpenSockets } from "@tessera/infra/realtime/open-sockets"
import { WebSocketService } from "@tessera/infra/realtime/web-socket-service"
import { Live } from "@tessera/shared/live"
import { LiveRefusal } from "@tessera/shared/live-refusal"
import { Effect, Layer } from "effect"
import { AccessSettings } from "../access/access-settings.ts"
import { Authenticator } from "../access/authenticator.ts"
import { OriginPolicy } from "../access/origin-policy.ts"
import { SignedOut } from "../access/signed-out.ts"
import { LiveRefusals } from "./live-refusals.ts"
import { ProblemResponse } from "./problem-response.ts"

/**
 * Who opens a socket is settled here, before the upgrade: a page of ours with its cookie, or a program with a
 * key. A browser sends the cookie from foreign pages, too, and always names the page.
 */
const _admit = Effect.fn("LiveRoutes.admit")(function* ({ headers }: HttpServerRequest.HttpServerRequest) {
  const authenticator = yield* Authenticator
  const { publicUrl } = yield* AccessSettings
  yield* Effect.when(
    Effect.fail(ProblemResponse.of({ status: 403 })),
    () => headers.cookie !== undefined && !_isOurPage({ headers, publicUrl })
  )
  const { actorId, requestId, tenantId } = yield* Effect.mapError(authenticator.byHeaders(headers), () =>
    ProblemResponse.of({ status: 401 })
  )
  const over = Effect.provideService(SignedOut.of(headers), Authenticator, authenticator)
  return { key: `${tenantId}/${actorId}`, requestId, over }
})

const _isOurPage = (question: OriginPolicy.Question): boolean =>
  question.headers.origin !== undefined && OriginPolicy.isOurs(question)

const _live = { group: Live, admit: _admit, refusals: LiveRefusals } as const

/**
 * The typed WebSocket messages: `/rpc` in MsgPack for our client, `/rpc/json` with one JSON text a frame
 * for everyone else. The sockets of one user are counted over both.
 */
const LiveRoutes = Layer.merge(
  WebSocketService.layer({ ..._live, path: "/rpc", kind: "msgpack" }),
  WebSocketService.layer({ ..._live, path: "/rpc/json", kind: "json" })
).pipe(
  Layer.provide(OpenSockets.layer),
  Layer.provide(
    Layer.succeed(
      LiveRefusal.Guard,
      LiveRefusal.Guard.of(() => Effect.void)
    )
  )
)

export { LiveRoutes }
