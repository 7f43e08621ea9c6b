import { connect, createServer, type Server, type Socket } from "node:net"

declare namespace FaultProxy {
  type Mode =
    | { readonly kind: "pass" }
    /** On every piece of data in each direction; `bytesPerSecond` 0 is no limit. */
    | {
        readonly kind: "slow"
        readonly latencyMillis: number
        readonly jitterMillis: number
        readonly bytesPerSecond: number
      }
    /** Nothing passes and nobody is told: what a dead router between two hosts looks like. */
    | { readonly kind: "half-open" }
    /** New connections are reset; those that are open go on. */
    | { readonly kind: "refuse" }
  interface Options {
    readonly port: number
    readonly target: number
    /** Who connects, as a name for `set`; asked once a connection. */
    readonly sourceOf?: (client: Socket) => string | undefined
    readonly random: () => number
  }
}

interface Connection {
  readonly source: string | undefined
  readonly client: Socket
  readonly upstream: Socket
  /** Applies a mode that has changed. */
  readonly refresh: () => void
}

const pass: FaultProxy.Mode = { kind: "pass" }

/** A TCP proxy on 127.0.0.1 whose faults are switched while it runs, for everybody or for one source. */
class FaultProxy {
  private readonly server: Server
  private readonly options: FaultProxy.Options
  private readonly connections = new Set<Connection>()
  private mode: FaultProxy.Mode = pass
  private readonly ofSource = new Map<string, FaultProxy.Mode>()

  private constructor(options: FaultProxy.Options) {
    this.options = options
    this.server = createServer({ allowHalfOpen: true }, (client) => this.accept(client))
  }

  static async listen(options: FaultProxy.Options): Promise<FaultProxy> {
    const proxy = new FaultProxy(options)
    await proxy.open()
    return proxy
  }

  /** Listens (again). */
  open(): Promise<void> {
    if (this.server.listening) return Promise.resolve()
    return new Promise<void>((resolve, reject) => {
      this.server.once("error", reject)
      this.server.listen({ port: this.options.port, host: "127.0.0.1" }, () => {
        this.server.off("error", reject)
        resolve()
      })
    })
  }

  /** As when the process behind it has gone: what is open breaks off, what is new is refused by the system. */
  close(): void {
    if (this.server.listening) this.server.close()
    this.reset()
  }

  /** For all sources, or for one, which then has a mode of its own until it is set to pass. */
  set(mode: FaultProxy.Mode, source?: string): void {
    if (source === undefined) this.mode = mode
    else if (mode.kind === "pass") this.ofSource.delete(source)
    else this.ofSource.set(source, mode)
    for (const connection of this.connections) connection.refresh()
  }

  /** Everything passes again, for everybody. */
  heal(): void {
    this.ofSource.clear()
    this.set(pass)
  }

  /** Ends what is open with a reset on both sides; new connections are welcome. */
  reset(source?: string): number {
    const chosen = [...this.connections].filter((known) => source === undefined || known.source === source)
    for (const { client, upstream } of chosen) {
      client.resetAndDestroy()
      upstream.resetAndDestroy()
    }
    return chosen.length
  }

  sources(): ReadonlyArray<string | undefined> {
    return [...this.connections].map(({ source }) => source)
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()))
    this.reset()
    await closed
  }

  private modeOf(source: string | undefined): FaultProxy.Mode {
    return (source === undefined ? undefined : this.ofSource.get(source)) ?? this.mode
  }

  private accept(client: Socket): void {
    const source = this.options.sourceOf?.(client)
    if (this.modeOf(source).kind === "refuse") {
      client.resetAndDestroy()
      return
    }
    const upstream = connect({ port: this.options.target, host: "127.0.0.1", allowHalfOpen: true })
    for (const socket of [client, upstream]) socket.setNoDelay(true)
    const modeOf = () => this.modeOf(source)
    const lanes = [
      new Lane(client, upstream, modeOf, this.options.random),
      new Lane(upstream, client, modeOf, this.options.random)
    ]
    const connection: Connection = {
      source,
      client,
      upstream,
      refresh: () => {
        for (const lane of lanes) lane.refresh()
      }
    }
    this.connections.add(connection)
    const forget = () => {
      if (client.destroyed && upstream.destroyed) this.connections.delete(connection)
    }
    client.on("close", forget)
    upstream.on("close", forget)
    connection.refresh()
  }
}

/** Data held back at most before the sender is paused. */
const window = 1 << 20

/** One direction of a connection. */
class Lane {
  private readonly from: Socket
  private readonly to: Socket
  private readonly modeOf: () => FaultProxy.Mode
  private readonly random: () => number
  private held = 0
  private freeAt = 0
  private isBlocked = false
  private end: "open" | "ended" | "lost" = "open"

  constructor(from: Socket, to: Socket, modeOf: () => FaultProxy.Mode, random: () => number) {
    this.from = from
    this.to = to
    this.modeOf = modeOf
    this.random = random
    from.on("data", (chunk: Buffer) => this.take(chunk))
    from.on("end", () => this.finish("ended"))
    from.on("error", () => this.finish("lost"))
    from.on("close", () => this.finish("lost"))
    to.on("drain", () => this.flow())
  }

  /** Half-open is a sender that nobody reads: its kernel keeps what it sends, and gets rid of it after the heal. */
  refresh(): void {
    this.isBlocked = this.modeOf().kind === "half-open"
    this.flow()
    if (!this.isBlocked && this.held === 0) this.pass()
  }

  private flow(): void {
    if (this.isBlocked || this.held > window || this.to.writableNeedDrain) this.from.pause()
    else this.from.resume()
  }

  private readonly line: Array<Buffer> = []

  private take(chunk: Buffer): void {
    const mode = this.modeOf()
    const now = performance.now()
    if (mode.kind !== "slow" && this.held === 0) {
      this.deliver(chunk)
      return
    }
    const { bytesPerSecond, jitterMillis, latencyMillis } =
      mode.kind === "slow" ? mode : { bytesPerSecond: 0, jitterMillis: 0, latencyMillis: 0 }
    const pace = bytesPerSecond === 0 ? 0 : (chunk.length / bytesPerSecond) * 1_000
    // Never before its forerunner: jitter must not mix up the stream.
    this.freeAt = Math.max(this.freeAt, now + latencyMillis + this.random() * jitterMillis) + pace
    this.held += chunk.length
    this.line.push(chunk)
    setTimeout(() => {
      // Timers of a busy process may ring in another order than they were set.
      const next = this.line.shift() ?? Buffer.alloc(0)
      this.held -= next.length
      this.deliver(next)
      if (this.held === 0 && !this.isBlocked) this.pass()
    }, this.freeAt - now)
    this.flow()
  }

  private deliver(chunk: Buffer): void {
    if (!this.to.destroyed) this.to.write(chunk)
    this.flow()
  }

  private finish(how: "ended" | "lost"): void {
    if (this.end !== "lost") this.end = how
    if (!this.isBlocked && this.held === 0) this.pass()
  }

  /** Hands on how the stream ended. */
  private pass(): void {
    if (this.end === "open" || this.to.destroyed) return
    if (this.end === "ended") this.to.end()
    else this.to.destroy()
  }
}

export { FaultProxy }
