import { Option } from "effect"
import { Packr, Unpackr } from "msgpackr"
import { type Connection } from "./connection.ts"
import { FrameSocket } from "./frame-socket.ts"
import { shownEvent } from "./shown-event.ts"

type Message =
  | {
      readonly _tag: "Chunk"
      readonly requestId: string
      readonly values: ReadonlyArray<{ readonly head: number; readonly events: ReadonlyArray<unknown> }>
    }
  | { readonly _tag: "Exit" | "Defect" | "ClientProtocolError" | "Pong" }

const pingMillis = 10_000

/** `event.watch` over `/rpc` in MsgPack, as cheap as it can be had: what `@effect/rpc` sends, without its machinery. */
const rpcConnection: Connection = ({ after, apiKey, onBatch, url }) => {
  const headers = { authorization: `Bearer ${apiKey}` }
  // One pair for each connection: records make the encoding depend on what was sent before.
  const packer = new Packr({ useRecords: true })
  const unpacker = new Unpackr({ useRecords: true })
  let socket: FrameSocket | undefined
  let isWanted = true
  let pinging: NodeJS.Timeout | undefined
  let why: string | undefined
  const send = (message: object) => socket?.send(packer.pack(message))
  const onMessage = (bytes: Buffer) => {
    unpacker.unpackMultiple(bytes, (message: Message) => {
      if (message._tag === "Chunk") {
        for (const { events, head } of message.values) onBatch(events.map(shownEvent), head)
        send({ _tag: "Ack", requestId: message.requestId })
      } else if (message._tag !== "Pong") {
        why = JSON.stringify(message).slice(0, 300)
        socket?.destroy()
      }
    })
  }
  const ended = new Promise<string>((resolve) => {
    const onClose = (code: number) => {
      clearInterval(pinging)
      resolve(why ?? `closed with ${code}`)
    }
    FrameSocket.open(`${url}/rpc`, headers, { onMessage, onClose }).then(
      (open) => {
        socket = open
        if (!isWanted) open.destroy()
        const payload = Option.match(after, { onNone: () => ({}), onSome: (seq) => ({ after: seq }) })
        send({ _tag: "Request", id: "1", tag: "event.watch", payload, headers: Object.entries(headers) })
        pinging = setInterval(() => send({ _tag: "Ping" }), pingMillis)
      },
      (error: Error) => resolve(error.message)
    )
  })
  return {
    ended,
    pause: () => socket?.pause(),
    close: () => {
      isWanted = false
      socket?.destroy()
    }
  }
}

export { rpcConnection }
