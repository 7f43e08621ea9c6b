import { setTimeout as delay } from "node:timers/promises"
import { Option } from "effect"
import { monotonic } from "../../bench/support/monotonic.ts"
import { bareConnection } from "./bare-connection.ts"
import { clientConnection } from "./client-connection.ts"
import { ComingBack, type ComingBack as Policy } from "./coming-back.ts"
import { type Connection } from "./connection.ts"
import { rpcConnection } from "./rpc-connection.ts"
import { sseConnection } from "./sse-connection.ts"

declare namespace EventSubscriber {
  interface Options {
    readonly name: string
    readonly slug: string
    readonly door: Policy.Door
    readonly apiKey: string
    /** Asked for each connection, as a balancer is. */
    readonly url: () => string
    /** None: from now on. */
    readonly after: Option.Option<number>
    /** From 0 to 1, for the jitter. */
    readonly chance: () => number
    /** Called for each batch instead of keeping it, where somebody only wants to know the time. */
    readonly onEvents?: (events: ReadonlyArray<Connection.Event>, at: number) => void
  }
  interface Return {
    readonly lostAt: number
    readonly backAt: number
  }
}

const doors: Readonly<Record<Policy.Door, Connection>> = {
  sse: sseConnection,
  rpc: rpcConnection,
  client: clientConnection,
  bare: bareConnection
}

/** A subscriber that comes back by number whatever breaks, and keeps everything that it is shown, also what it knows. */
class EventSubscriber {
  readonly options: EventSubscriber.Options
  readonly seen: Array<Connection.Event> = []
  readonly returns: Array<EventSubscriber.Return> = []
  /** Why connections ended, and how often. */
  readonly endings = new Map<string, number>()
  /** The number that it has come to; none until the server has said where the log stands. */
  position: Option.Option<number>
  isConnected = false
  private current: Connection.Open | undefined
  private isWanted = true
  private hint: number | undefined
  private failures = 0
  private lostAt: number | undefined
  private readonly running: Promise<void>

  constructor(options: EventSubscriber.Options) {
    this.options = options
    this.position = options.after
    this.running = this.hold()
  }

  /** Reads nothing any more from the connection that is open. */
  pause(): void {
    this.current?.pause()
  }

  async close(): Promise<void> {
    this.isWanted = false
    this.current?.close()
    await this.running
  }

  private async hold(): Promise<void> {
    const { apiKey, chance, door, url } = this.options
    while (this.isWanted) {
      this.current = doors[door]({
        url: url(),
        apiKey,
        after: this.position,
        onRetry: (millis) => {
          this.hint = millis
        },
        onBatch: (events, head) => this.take(events, head)
      })
      const why = await this.current.ended
      this.endings.set(why, (this.endings.get(why) ?? 0) + 1)
      if (this.isConnected) this.lostAt = monotonic()
      this.isConnected = false
      const wait = ComingBack.millis(door, { failures: this.failures, hint: this.hint, chance: chance() })
      this.failures += 1
      if (this.isWanted) await delay(wait)
    }
  }

  private take(events: ReadonlyArray<Connection.Event>, head: number | undefined): void {
    const at = monotonic()
    this.failures = 0
    this.isConnected = true
    if (this.lostAt !== undefined) {
      this.returns.push({ lostAt: this.lostAt, backAt: at })
      this.lostAt = undefined
    }
    if (Option.isNone(this.position)) this.position = Option.fromNullable(head)
    const last = events.at(-1)
    if (last === undefined) return
    this.position = Option.some(last.seq)
    if (this.options.onEvents === undefined) this.seen.push(...events)
    else this.options.onEvents(events, at)
  }
}

export { EventSubscriber }
