import { type Option } from "effect"

declare namespace Connection {
  /** As every door shows an event; `arrivedAt` is the machine's monotonic clock. */
  interface Event {
    readonly seq: number
    readonly id: string
    readonly type: string
    readonly aggregateId: string
    readonly version: number
    /** Of the probe's events: the transaction and the place in it. */
    readonly sku: string
  }
  interface Options {
    readonly url: string
    readonly apiKey: string
    /** None: from now on. */
    readonly after: Option.Option<number>
    /** Also without events: the server has answered. */
    readonly onBatch: (events: ReadonlyArray<Connection.Event>, head: number | undefined) => void
    /** What the server says that a client is to wait before it comes back, in milliseconds. */
    readonly onRetry: (millis: number) => void
  }
  interface Open {
    /** Resolves with the reason once it is over. */
    readonly ended: Promise<string>
    readonly pause: () => void
    readonly close: () => void
  }
}

/** One connection of one subscriber, without any coming back. */
type Connection = (options: Connection.Options) => Connection.Open

export type { Connection }
