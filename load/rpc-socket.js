import { WebSocket } from "k6/websockets"
import { Packr } from "msgpackr/pack"
import { Unpackr } from "msgpackr/unpack"

/**
 * One connection to `/rpc`, for one streaming call. Calls `onValue` for each value, and `onEnd` once, with `undefined`
 * if `close()` was called and with the reason otherwise.
 */
export const openStream = ({ url, apiKey, tag, payload, onValue, onEnd }) => {
  // One pair for each connection: records make the encoding depend on what was sent before.
  const packer = new Packr({ useRecords: true })
  const unpacker = new Unpackr({ useRecords: true })
  const socket = new WebSocket(url, null, { headers: { authorization: `Bearer ${apiKey}` } })
  socket.binaryType = "arraybuffer"
  let ended = false
  const end = (reason) => {
    if (ended) return
    ended = true
    clearInterval(pinging)
    socket.close()
    onEnd(reason)
  }
  const send = (message) => {
    const bytes = packer.pack(message)
    // The packer's buffer is larger than the message.
    socket.send(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  }
  const onMessage = {
    Chunk: ({ requestId, values }) => {
      for (const value of values) onValue(value)
      // Without it the server stops after the first chunk: back-pressure.
      send({ _tag: "Ack", requestId })
    },
    Exit: ({ exit }) => end(`the stream ended: ${JSON.stringify(exit)}`),
    Defect: ({ defect }) => end(`defect: ${JSON.stringify(defect)}`),
    ClientProtocolError: ({ error }) => end(`protocol: ${JSON.stringify(error)}`),
    Pong: () => {}
  }
  const pinging = setInterval(() => send({ _tag: "Ping" }), 10_000)

  socket.addEventListener("open", () => send({ _tag: "Request", id: "1", tag, payload, headers: [] }))
  socket.addEventListener("message", ({ data }) => {
    unpacker.unpackMultiple(new Uint8Array(data), (message) => onMessage[message._tag](message))
  })
  socket.addEventListener("error", ({ error }) => end(`socket: ${error}`))
  socket.addEventListener("close", () => end("closed by the server"))
  return { close: () => end(undefined) }
}
