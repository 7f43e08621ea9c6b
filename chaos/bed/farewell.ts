import { setTimeout as delay } from "node:timers/promises"
import { until } from "../../tests/support/until.ts"
import { type Bed } from "./bed.ts"
import { type ChaosReplica } from "./chaos-replica.ts"
import { rawWebSocket } from "./raw-web-socket.ts"

declare namespace Farewell {
  interface Seen {
    /** Of the WebSocket; 1006 is a connection that broke off. */
    readonly closeCode: number
    /** The event stream said how long to wait before coming back. */
    readonly hasRetry: boolean
    /** Answers to requests sent straight to it that were neither good nor 503 with Retry-After. */
    readonly badAnswers: ReadonlyArray<string>
    readonly answers: Readonly<Record<string, number>>
  }
}

const patienceMillis = 5_000

/** Clients of one replica that hold on to it while it leaves: a WebSocket, an event stream, and plain requests. */
class Farewell {
  private closeCode: number | undefined
  private text = ""
  private isStreamOver = false
  private readonly bad: Array<string> = []
  private readonly answers: Record<string, number> = {}
  private isOver = false
  private readonly requests: Promise<void>

  private constructor(replica: ChaosReplica, headers: Readonly<Record<string, string>>) {
    this.requests = this.ask(replica, headers)
  }

  static async open(bed: Bed, replica: ChaosReplica): Promise<Farewell> {
    const headers = { authorization: `Bearer ${bed.fleet.tenants()[0]?.apiKey}` }
    const farewell = new Farewell(replica, headers)
    const socket = await rawWebSocket(`${replica.url}/rpc/json`, headers)
    void socket.closed.then((code) => {
      farewell.closeCode = code
    })
    const response = await fetch(`${replica.url}/v1/events`, {
      headers: { ...headers, accept: "text/event-stream" }
    })
    void farewell.read(response)
    return farewell
  }

  /** After the replica has left. */
  async seen(): Promise<Farewell.Seen> {
    const isTold = () => this.closeCode !== undefined && this.isStreamOver
    await until("the clients know that it left", isTold, patienceMillis).catch(() => {})
    this.isOver = true
    await this.requests
    return {
      closeCode: this.closeCode ?? -1,
      hasRetry: /^retry: ?\d+/m.test(this.text),
      badAnswers: this.bad,
      answers: this.answers
    }
  }

  private async read(response: Response): Promise<void> {
    const decoder = new TextDecoder()
    try {
      if (response.body === null) return
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
        this.text += decoder.decode(chunk, { stream: true })
    } catch {
      // Broken off: what was said until then is what counts.
    }
    this.isStreamOver = true
  }

  /** A refused connection is an answer, too: a client tries the next replica. */
  private async ask(replica: ChaosReplica, headers: Readonly<Record<string, string>>): Promise<void> {
    while (!this.isOver) {
      const answer = await fetch(`${replica.url}/v1/products?limit=1`, {
        headers: { ...headers, connection: "close" },
        signal: AbortSignal.timeout(patienceMillis)
      })
        .then(async (response) => {
          await response.arrayBuffer()
          const isHint = response.status === 503 && response.headers.get("retry-after") !== null
          if (response.status !== 200 && !isHint) this.bad.push(`status ${response.status}`)
          return String(response.status)
        })
        .catch((error: Error & { cause?: { code?: string } }) => {
          const code = error.cause?.code ?? error.message
          // Reset: it waited to be accepted when the server closed. Neither was ever read by anybody.
          if (!["ECONNREFUSED", "ECONNRESET"].includes(code)) this.bad.push(code)
          return code
        })
      this.answers[answer] = (this.answers[answer] ?? 0) + 1
      await delay(20)
    }
  }
}

export { Farewell }
