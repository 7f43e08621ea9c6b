import { type ApiClient } from "./api-client.ts"
import { until } from "./until.ts"

declare namespace EventStream {
  interface Seen {
    readonly seq: number
    readonly type: string
    readonly aggregateId: string
    /** `performance.now()` of the arrival. */
    readonly at: number
    readonly text: string
  }
}

/** `/v1/events` of one replica, read until closed. */
class EventStream {
  readonly seen: Array<EventStream.Seen> = []
  private readonly aborter = new AbortController()
  private rest = ""

  /** Returns when the server has answered; `after` absent means from now on. */
  static async open(client: ApiClient, replica: number, after?: number): Promise<EventStream> {
    const stream = new EventStream()
    const query = after === undefined ? "" : `?after=${after}`
    const response = await fetch(`${client.fleet.replica(`replica-${replica}`).url}/v1/events${query}`, {
      headers: { authorization: `Bearer ${client.tenant.apiKey}`, accept: "text/event-stream" },
      signal: stream.aborter.signal
    })
    if (response.status !== 200 || response.body === null) throw new Error(`/v1/events: ${response.status}`)
    void stream.read(response.body)
    return stream
  }

  close(): void {
    this.aborter.abort()
  }

  of(aggregateId: string): ReadonlyArray<EventStream.Seen> {
    return this.seen.filter((event) => event.aggregateId === aggregateId)
  }

  first(type: string, aggregateId: string): Promise<EventStream.Seen> {
    return until(`${type} of ${aggregateId} over SSE`, () =>
      this.seen.find((event) => event.type === type && event.aggregateId === aggregateId)
    )
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder()
    try {
      for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
        const frames = (this.rest + decoder.decode(chunk, { stream: true })).split("\n\n")
        this.rest = frames.pop() ?? ""
        for (const frame of frames) this.take(frame)
      }
    } catch {
      // closed by us, or with its replica: what was seen is what counts
    }
  }

  private take(frame: string): void {
    const field = (name: string) =>
      frame
        .split("\n")
        .find((line) => line.startsWith(`${name}:`))
        ?.slice(name.length + 1)
        .trim()
    const data = field("data")
    // A comment is a heartbeat.
    if (data === undefined) return
    const { aggregateId, seq, type } = JSON.parse(data) as EventStream.Seen
    if (String(seq) !== field("id") || type !== field("event")) throw new Error(`A broken frame: ${frame}`)
    this.seen.push({ seq, type, aggregateId, at: performance.now(), text: frame })
  }
}

export { EventStream }
