import { Duration } from "effect"

declare namespace SocketLimits {
  type Shape = {
    /** Of one message from a client, all its fragments together; above it the socket is closed with 1009. */
    readonly frameBytes: number
    readonly messagesPerFrame: number
    /** Calls under way on one socket, streams not counted. */
    readonly calls: number
    /** Streams open on one socket. */
    readonly streams: number
    /** Messages that may come at once, and those that may come in a second on and on. */
    readonly burst: number
    readonly messagesPerSecond: number
    /** Messages too many in a row, each of them refused, before the socket is closed with 1013. */
    readonly patience: number
    /** What waits for a client that does not read; above it the socket is closed with 1013. */
    readonly backlogBytes: number
    /** Open sockets of one visitor on this replica; one more is closed with 4429. */
    readonly socketsPerVisitor: number
    /** A peer that did not answer a ping by the next one is gone. */
    readonly heartbeat: Duration.Duration
    /** How long a peer has to answer a close frame before the connection is cut. */
    readonly farewell: Duration.Duration
  }
}

/** What one client may take of a replica; a message of ours is a few hundred bytes, a page has 3 streams. */
const SocketLimits = {
  standard: {
    frameBytes: 64 * 1024,
    messagesPerFrame: 64,
    calls: 128,
    streams: 64,
    burst: 200,
    messagesPerSecond: 100,
    patience: 1000,
    backlogBytes: 1024 * 1024,
    socketsPerVisitor: 20,
    heartbeat: Duration.seconds(20),
    farewell: Duration.seconds(2)
  }
} as const satisfies { readonly standard: SocketLimits.Shape }

export { SocketLimits }
