import { type Socket } from "node:net"
import { EventLoop } from "../storage/event-loop.ts"

/**
 * What is written within one turn of the event loop leaves in one system call: a runner sends a frame for
 * each message, and a call to the kernel costs more than the frame.
 */
const GatheredWrites = {
  on: (socket: Socket): Socket => {
    const write = socket.write.bind(socket)
    socket.write = (...args: ReadonlyArray<never>) => {
      socket.writableCorked === 0 && _gather(socket)
      return Reflect.apply(write, socket, args)
    }
    return socket
  }
} as const

const _gather = (socket: Socket): void => {
  socket.cork()
  EventLoop.after(() => socket.uncork())
}

export { GatheredWrites }
