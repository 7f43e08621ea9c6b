import { randomBytes } from "node:crypto"
import { type IncomingMessage, request } from "node:http"
import { type Socket } from "node:net"

declare namespace FrameSocket {
  interface Handlers {
    readonly onMessage: (bytes: Buffer) => void
    /** With the code of the server's close frame; 1006 when the connection broke off. */
    readonly onClose: (code: number) => void
  }
}

const opcodes = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const
const brokenOff = 1006
const noCode = 1005
const openMillis = 10_000

/**
 * A WebSocket client that is little more than its TCP socket, so that thousands of them fit into a process that is not what is
 * measured, and that can stop reading.
 */
class FrameSocket {
  private readonly socket: Socket
  private readonly handlers: FrameSocket.Handlers
  private rest: Buffer = Buffer.alloc(0)
  private parts: Array<Buffer> = []
  private code = brokenOff
  private isOver = false

  private constructor(socket: Socket, head: Buffer, handlers: FrameSocket.Handlers) {
    this.socket = socket
    this.handlers = handlers
    socket.setNoDelay(true)
    socket.on("data", (chunk: Buffer) => this.take(chunk))
    socket.on("error", () => {})
    socket.on("end", () => socket.destroy())
    socket.on("close", () => this.over())
    if (head.length > 0) this.take(head)
  }

  /** Rejects when the server does not consent. */
  static open(
    url: string,
    headers: Readonly<Record<string, string>>,
    handlers: FrameSocket.Handlers
  ): Promise<FrameSocket> {
    return new Promise((resolve, reject) => {
      const outgoing = request(url, {
        agent: false,
        headers: {
          ...headers,
          connection: "Upgrade",
          upgrade: "websocket",
          "sec-websocket-version": "13",
          "sec-websocket-key": randomBytes(16).toString("base64")
        }
      })
      outgoing.setTimeout(openMillis, () => outgoing.destroy(new Error("no answer to the upgrade")))
      outgoing.on("upgrade", (_: IncomingMessage, socket: Socket, head: Buffer) => {
        socket.setTimeout(0)
        resolve(new FrameSocket(socket, head, handlers))
      })
      outgoing.on("response", (response) => {
        response.resume()
        reject(new Error(`status ${response.statusCode}`))
      })
      outgoing.on("error", reject)
      outgoing.end()
    })
  }

  send(payload: Uint8Array): void {
    this.frame(opcodes.binary, payload)
  }

  /** Reads nothing any more: what the server sends stays with the kernel, and then with the server. */
  pause(): void {
    this.socket.pause()
  }

  destroy(): void {
    this.socket.destroy()
  }

  private frame(opcode: number, payload: Uint8Array): void {
    if (this.socket.destroyed) return
    const { length } = payload
    const header =
      length < 126
        ? Buffer.from([0x80 | opcode, 0x80 | length])
        : length < 65_536
          ? Buffer.from([0x80 | opcode, 0x80 | 126, length >> 8, length & 0xff])
          : Buffer.from([0x80 | opcode, 0x80 | 127, 0, 0, 0, 0, ...bytesOf(length)])
    // The mask is zero: it protects proxies from a browser, and there is neither here.
    this.socket.write(Buffer.concat([header, Buffer.alloc(4), payload]))
  }

  private take(chunk: Buffer): void {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk])
    let at = 0
    for (;;) {
      const frame = frameAt(bytes, at)
      if (frame === undefined) break
      at = frame.end
      this.handle(frame)
    }
    this.rest = at === bytes.length ? Buffer.alloc(0) : Buffer.from(bytes.subarray(at))
  }

  private handle({ isLast, opcode, payload }: Frame): void {
    if (opcode === opcodes.ping) this.frame(opcodes.pong, payload)
    else if (opcode === opcodes.close) {
      this.code = payload.length >= 2 ? payload.readUInt16BE(0) : noCode
      this.frame(opcodes.close, payload.subarray(0, 2))
      this.socket.end()
    } else if (opcode !== opcodes.pong) {
      if (isLast && this.parts.length === 0) {
        this.handlers.onMessage(payload)
        return
      }
      this.parts.push(Buffer.from(payload))
      if (!isLast) return
      const whole = Buffer.concat(this.parts)
      this.parts = []
      this.handlers.onMessage(whole)
    }
  }

  private over(): void {
    if (this.isOver) return
    this.isOver = true
    this.handlers.onClose(this.code)
  }
}

interface Frame {
  readonly isLast: boolean
  readonly opcode: number
  readonly payload: Buffer
  readonly end: number
}

const bytesOf = (length: number) => [24, 16, 8, 0].map((shift) => (length >>> shift) & 0xff)

/** A server's frame, which is never masked; undefined while a part of it is still to come. */
const frameAt = (bytes: Buffer, at: number): Frame | undefined => {
  if (at + 2 > bytes.length) return undefined
  const first = bytes.readUInt8(at)
  const short = bytes.readUInt8(at + 1) & 0x7f
  const header = short < 126 ? 2 : short === 126 ? 4 : 10
  if (at + header > bytes.length) return undefined
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : bytes.readUInt32BE(at + 6)
  const end = at + header + length
  if (end > bytes.length) return undefined
  return {
    isLast: (first & 0x80) !== 0,
    opcode: first & 0x0f,
    payload: bytes.subarray(at + header, end),
    end
  }
}

export { FrameSocket }
