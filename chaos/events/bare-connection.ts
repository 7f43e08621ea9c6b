import { Unpackr } from "msgpackr"
import { type Connection } from "./connection.ts"
import { FrameSocket } from "./frame-socket.ts"
import { shownEvent } from "./shown-event.ts"

/** A socket on which nothing but events comes, one a message: what is left of a subscriber without a product behind it. */
const bareConnection: Connection = ({ onBatch, url }) => {
  const unpacker = new Unpackr({ useRecords: false })
  let socket: FrameSocket | undefined
  const ended = new Promise<string>((resolve) => {
    FrameSocket.open(
      url,
      {},
      {
        onMessage: (bytes) => onBatch([shownEvent(unpacker.unpack(bytes))], undefined),
        onClose: (code) => resolve(`closed with ${code}`)
      }
    ).then(
      (open) => {
        socket = open
        onBatch([], 0)
      },
      (error: Error) => resolve(error.message)
    )
  })
  return { ended, pause: () => socket?.pause(), close: () => socket?.destroy() }
}

export { bareConnection }
