import { Packr, Unpackr } from "msgpackr"
import { WebSocket } from "ws"
import { until } from "./until.ts"

declare namespace RawSocket {
  interface Message {
    readonly _tag: string
    readonly requestId?: string
    readonly values?: ReadonlyArray<unknown>
    readonly exit?: {
      readonly _tag: string
      readonly value?: unknown
      readonly cause?: { readonly _tag: string; readonly error?: Readonly<Record<string, unknown>> }
    }
    readonly defect?: Readonly<Record<string, unknown>>
  }
  interface Options {
    readonly headers?: Readonly<Record<string, string>>
    readonly json?: boolean
    /** Acknowledges every chunk, as a client does that has taken it. */
    readonly acks?: boolean
  }
}

/** A WebSocket that sends whatever it is told to, and keeps what comes back. */
class RawSocket {
  readonly messages: Array<RawSocket.Message> = []
  readonly texts: Array<string> = []
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  private readonly packer = new Packr({ useRecords: true })
  private readonly unpacker = new Unpackr({ useRecords: true, mapsAsObjects: true })
  private calls = 0

  readonly ws: WebSocket
  private readonly options: RawSocket.Options

  private constructor(ws: WebSocket, options: RawSocket.Options) {
    this.ws = ws
    this.options = options
    ws.on("message", (data: Buffer, isBinary) => {
      const message = (isBinary ? this.unpacker.unpack(data) : JSON.parse(String(data))) as RawSocket.Message
      this.messages.push(message)
      this.texts.push(JSON.stringify(message))
      if (message._tag === "Chunk" && options.acks === true)
        this.say({ _tag: "Ack", requestId: message.requestId })
    })
    this.closed = new Promise((resolve) =>
      ws.on("close", (code, reason) => resolve({ code, reason: String(reason) }))
    )
  }

  /** Rejects with the status where the upgrade is refused. */
  static open(url: string, options: RawSocket.Options = {}): Promise<RawSocket> {
    return new Promise((resolve, reject) => {
      const ws = new WebSocket(url, { headers: options.headers ?? {} })
      const socket = new RawSocket(ws, options)
      ws.once("open", () => resolve(socket))
      ws.once("unexpected-response", (_request, response) => {
        reject(new Error(`refused with ${response.statusCode}`))
        response.destroy()
      })
      ws.on("error", reject)
    })
  }

  send(frame: string | Uint8Array): void {
    this.ws.send(frame, () => {})
  }

  say(message: unknown): void {
    this.send(
      this.options.json === true ? JSON.stringify(message) : Uint8Array.from(this.packer.pack(message))
    )
  }

  /** Sends a request and returns its number. */
  call(tag: string, payload?: unknown): string {
    this.calls += 1
    const id = String(this.calls)
    this.say({ _tag: "Request", id, tag, payload, headers: [] })
    return id
  }

  exit(id: string): Promise<NonNullable<RawSocket.Message["exit"]>> {
    return until(`the end of call ${id}`, () => {
      const found = this.messages.find(({ _tag, requestId }) => _tag === "Exit" && requestId === id)
      return found?.exit
    })
  }

  async refusal(id: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    return (await this.exit(id)).cause?.error
  }

  chunk(id: string): Promise<ReadonlyArray<unknown>> {
    return until(`a chunk of ${id}`, () => {
      const found = this.messages.find(({ _tag, requestId }) => _tag === "Chunk" && requestId === id)
      return found?.values
    })
  }

  defect(): Promise<Readonly<Record<string, unknown>>> {
    return until("a defect", () => this.messages.find(({ _tag }) => _tag === "Defect")?.defect)
  }

  close(): void {
    this.ws.terminate()
  }
}

export { RawSocket }
