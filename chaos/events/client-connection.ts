import { Socket } from "@effect/platform"
import { RpcClient, RpcSerialization } from "@effect/rpc"
import { Event } from "@tessera/shared/event/event"
import { Live } from "@tessera/shared/live"
import { Cause, Effect, Exit, Fiber, Layer, Option, Schedule, Schema, Stream } from "effect"
import { WebSocket } from "ws"
import { type Connection } from "./connection.ts"
import { shownEvent } from "./shown-event.ts"

const plain = Schema.encodeSync(Event.Model)

/** `event.watch` by way of our own typed client, as the app uses it: every field is decoded and judged. */
const clientConnection: Connection = ({ after, apiKey, onBatch, url }) => {
  // Who opens a socket is settled by the upgrade: a browser's has the cookie, this one the key.
  const opened = Layer.succeed(
    Socket.WebSocketConstructor,
    (at) => new WebSocket(at, { headers: { authorization: `Bearer ${apiKey}` } }) as never
  )
  const protocol = RpcClient.layerProtocolSocket({ retrySchedule: Schedule.stop }).pipe(
    Layer.provide(Socket.layerWebSocket(`${url.replace("http", "ws")}/rpc`)),
    Layer.provide(opened),
    Layer.provide(RpcSerialization.layerMsgPack)
  )
  const payload = Option.match(after, { onNone: () => ({}), onSome: (seq) => ({ after: seq }) })
  const watching = Effect.gen(function* () {
    const rpc = yield* RpcClient.make(Live, { disableTracing: true })
    yield* rpc.event.watch(payload).pipe(
      Stream.runForEach(({ events, head }) =>
        Effect.sync(() =>
          onBatch(
            events.map((event) => shownEvent(plain(event))),
            head
          )
        )
      )
    )
  }).pipe(Effect.scoped, Effect.provide(protocol))
  const fiber = Effect.runFork(watching)
  const ended = Effect.runPromise(Fiber.await(fiber)).then(
    Exit.match({
      onFailure: (cause) => Cause.pretty(cause).slice(0, 300),
      onSuccess: () => "the stream ended"
    })
  )
  return { ended, pause: () => {}, close: () => Effect.runFork(Fiber.interruptFork(fiber)) }
}

export { clientConnection }
