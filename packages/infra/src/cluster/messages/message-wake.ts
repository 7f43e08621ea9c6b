import { ShardId, Sharding } from "@effect/cluster"
import { Deferred, Duration, Effect, Layer, Queue, Redacted } from "effect"
import pg from "pg"
import { PostgresSocket } from "../../storage/postgres-socket.ts"
import { MessageTransaction } from "./message-transaction.ts"

declare namespace MessageWake {
  type Options = {
    /** Name of this replica. */
    readonly replica: string
    /** A direct connection: a pooler in transaction mode loses what is listened to. */
    readonly url: Redacted.Redacted
  }
}

const _heartbeat = Duration.seconds(5)
/** Below the heartbeat: a connection that has not answered one is lost before the next. */
const _patience = Duration.seconds(4)
const _pause = Duration.seconds(1)
const _farewell = Duration.seconds(1)

const _shard = /^\w+:\d{1,9}$/

const _client = ({ replica, url }: MessageWake.Options) =>
  new pg.Client({
    connectionString: Redacted.value(url),
    application_name: `${replica}-wake`,
    connectionTimeoutMillis: Duration.toMillis(_patience),
    stream: () => new PostgresSocket(Duration.toMillis(_patience))
  })

const _text = (client: pg.Client, statement: string) => Effect.tryPromise(() => client.query(statement))

/** Listens until the connection is lost, and then fails; never ends otherwise. */
const _session = (options: MessageWake.Options, wake: (shard?: string) => void) =>
  Effect.gen(function* () {
    const lost = yield* Deferred.make<never, string>()
    const client = yield* Effect.acquireRelease(
      Effect.sync(() => _client(options)),
      (client) =>
        Effect.promise(() => client.end()).pipe(Effect.interruptible, Effect.timeoutOption(_farewell))
    )
    client.on("error", ({ message }) => Deferred.unsafeDone(lost, Effect.fail(message)))
    client.on("end", () => Deferred.unsafeDone(lost, Effect.fail("the connection has ended")))
    client.on("notification", ({ payload }) => wake(payload))
    yield* Effect.tryPromise(() => client.connect())
    yield* _text(client, `LISTEN ${MessageTransaction.channel}`)
    // What was committed while nobody listened.
    yield* Effect.sync(() => wake())
    const beat = _text(client, "SELECT 1").pipe(Effect.delay(_heartbeat), Effect.forever)
    return yield* Effect.raceFirst(beat, Deferred.await(lost))
  }).pipe(Effect.scoped)

/**
 * Lets a runner read messages that were committed inside somebody's transaction at once, where it would
 * find them at its next poll. Only a hint: a lost connection costs no message, and is made again.
 */
const MessageWake = {
  layer: (options: MessageWake.Options) =>
    Layer.scopedDiscard(
      Effect.gen(function* () {
        const sharding = yield* Sharding.Sharding
        const hints = yield* Queue.dropping<void>(1)
        // Whoever may log in may notify, with whatever text.
        const isOurs = (shard: string) =>
          _shard.test(shard) && sharding.hasShardId(ShardId.ShardId.fromString(shard))
        const wake = (shard?: string) =>
          shard === undefined || isOurs(shard) ? hints.unsafeOffer(undefined) : false
        yield* Queue.take(hints).pipe(
          Effect.zipRight(sharding.pollStorage),
          Effect.forever,
          Effect.forkScoped
        )
        yield* _session(options, wake).pipe(
          Effect.catchAllCause((cause) => Effect.logWarning("listening for messages was interrupted", cause)),
          Effect.zipRight(Effect.sleep(_pause)),
          Effect.forever,
          Effect.forkScoped
        )
      })
    )
} as const

export { MessageWake }
