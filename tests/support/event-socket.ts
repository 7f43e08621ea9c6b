import { Socket } from "@effect/platform"
import { NodeSocket } from "@effect/platform-node"
import { RpcClient, RpcSerialization } from "@effect/rpc"
import { type Event } from "@tessera/shared/event/event"
import { Live } from "@tessera/shared/live"
import { Effect, Fiber, Layer, Stream } from "effect"
import { type ApiClient } from "./api-client.ts"
import { until } from "./until.ts"

declare namespace EventSocket {
  interface Seen {
    readonly event: Event.Model
    /** `performance.now()` of the arrival. */
    readonly at: number
  }
}

/** `event.watch` over the WebSocket of one replica, in MsgPack as our own client speaks it. */
class EventSocket {
  readonly seen: Array<EventSocket.Seen> = []
  head: number | undefined
  private fiber: Fiber.RuntimeFiber<unknown, unknown> | undefined

  /** Returns with the first batch, which carries the head; `after` absent means from now on. */
  static async open(client: ApiClient, replica: number, after?: number): Promise<EventSocket> {
    const socket = new EventSocket()
    const url = `${client.fleet.replica(`replica-${replica}`).url.replace("http", "ws")}/rpc`
    const headers = { authorization: `Bearer ${client.tenant.apiKey}` }
    // The implementation of Node takes options, with headers, in the place of protocols.
    const opened = Socket.makeWebSocket(url, { protocols: { headers } as unknown as string })
    const protocol = RpcClient.layerProtocolSocket().pipe(
      Layer.provide(Layer.effect(Socket.Socket, opened)),
      Layer.provide(NodeSocket.layerWebSocketConstructor),
      Layer.provide(RpcSerialization.layerMsgPack)
    )
    const watching = Effect.gen(function* () {
      const rpc = yield* RpcClient.make(Live)
      yield* rpc.event
        .watch(after === undefined ? {} : { after })
        .pipe(Stream.runForEach(({ events, head }) => Effect.sync(() => socket.take(head, events))))
    }).pipe(Effect.scoped, Effect.provide(protocol))
    socket.fiber = Effect.runFork(watching)
    await until("the socket answers", async () => {
      if (socket.head !== undefined) return true
      const ended = await Effect.runPromise(Fiber.poll(socket.fiber ?? Fiber.never))
      if (ended._tag === "Some") throw new Error(`event.watch ended: ${JSON.stringify(ended.value)}`)
      return undefined
    })
    return socket
  }

  async close(): Promise<void> {
    if (this.fiber !== undefined) await Effect.runPromise(Fiber.interrupt(this.fiber))
  }

  of(aggregateId: string): ReadonlyArray<EventSocket.Seen> {
    return this.seen.filter(({ event }) => event.aggregateId === aggregateId)
  }

  first(type: string, aggregateId: string): Promise<EventSocket.Seen> {
    return until(`${type} of ${aggregateId} over WebSocket`, () =>
      this.seen.find(({ event }) => event.type === type && event.aggregateId === aggregateId)
    )
  }

  private take(head: number, events: ReadonlyArray<Event.Model>): void {
    this.head = head
    const at = performance.now()
    this.seen.push(...events.map((event) => ({ event, at })))
  }
}

export { EventSocket }
