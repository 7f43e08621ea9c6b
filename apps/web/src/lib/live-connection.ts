import { BrowserSocket } from "@effect/platform-browser"
import { RpcClient, type RpcClientError, RpcSerialization } from "@effect/rpc"
import { type Access } from "@tessera/shared/access/access"
import { type Dashboard } from "@tessera/shared/dashboard/dashboard"
import { type Event } from "@tessera/shared/event/event"
import { Live } from "@tessera/shared/live"
import { type LiveRefusal } from "@tessera/shared/live-refusal"
import { type Notice } from "@tessera/shared/notice/notice"
import { type Presence } from "@tessera/shared/presence/presence"
import { type Cluster } from "@tessera/shared/replica/cluster"
import { Clock, Data, DateTime, Duration, Effect, Layer, Option, Random, Ref, Schedule, Stream } from "effect"
import { LiveCursor } from "./live-cursor.ts"
import { LiveEnding } from "./live-ending.ts"
import { LiveLatency } from "./live-latency.ts"
import { LiveStore } from "./live-store.ts"
import { ReplicaColors } from "./replica-colors.ts"

/** A connection that held for so long has shown that the way is free: the next one is tried at once again. */
const _healthyMillis = 10_000

/** The server ended a stream that has no end; to the app that is a lost connection. */
class _Dropped extends Data.TaggedError("LiveConnection.Dropped") {}

declare namespace LiveConnection {
  interface Listener {
    readonly onEvents: (fresh: ReadonlyArray<Event.Model>) => void
    readonly onDashboard: (dashboard: Dashboard.Model) => void
    readonly onCluster: (cluster: Cluster.Snapshot) => void
    readonly onPresence: (presence: Presence.Model) => void
    readonly onNotice: (notice: Notice.Model) => void
    /** Some changes were not seen as events: the pages must read again. */
    readonly onMissed: () => void
    /** A connection failed: is the session still good? */
    readonly onTrouble: () => void
  }
  type Failure =
    | Access.Unauthenticated
    | Event.UnknownType
    | LiveRefusal.Any
    | RpcClientError.RpcClientError
    | _Dropped
}

/**
 * The app's only WebSocket, open unless something holds it: `event.watch` from the last number seen, again
 * and again, who is online and what is said to the person, and `dashboard.watch` and `cluster.watch` while a
 * page wants them. The position lives in `LiveStore`: whatever ends a connection loses nothing.
 */
const LiveConnection = {
  run: (listener: LiveConnection.Listener): Effect.Effect<void> =>
    _values(({ status }) => status === "paused").pipe(
      Stream.flatMap((isPaused) => (isPaused ? Stream.empty : Stream.fromEffect(_kept(listener))), {
        switch: true
      }),
      Stream.runDrain
    )
} as const

const _protocol = Layer.unwrapEffect(
  Effect.sync(() => {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:"
    return RpcClient.layerProtocolSocket({ retrySchedule: Schedule.stop }).pipe(
      Layer.provide(BrowserSocket.layerWebSocket(`${scheme}//${location.host}/rpc`)),
      Layer.provide(RpcSerialization.layerMsgPack)
    )
  })
)

const _kept = (listener: LiveConnection.Listener): Effect.Effect<never> =>
  Effect.gen(function* () {
    const attempts = yield* Ref.make(0)
    const restarted = Effect.gen(function* () {
      const cause = yield* Effect.flip(Effect.sandbox(_connected(listener)))
      const ending = LiveEnding.of(cause)
      const now = yield* Clock.currentTimeMillis
      const { status, since } = LiveStore.get()
      const isHealthy = status === "live" && now - DateTime.toEpochMillis(since) >= _healthyMillis
      const attempt = isHealthy ? 0 : yield* Ref.get(attempts)
      yield* Ref.set(attempts, attempt + 1)
      const pause = LiveEnding.wait(ending, attempt, yield* Random.next)
      LiveStore.lose(ending, DateTime.unsafeMake(now + Duration.toMillis(pause)))
      listener.onTrouble()
      yield* Effect.raceFirst(Effect.sleep(pause), _nudged)
      LiveStore.attempt()
    })
    return yield* Effect.forever(restarted)
  })

/** Ends when a person does not want to wait. */
const _nudged = Effect.suspend(() =>
  _values(({ nudges }) => nudges).pipe(Stream.drop(1), Stream.take(1), Stream.runDrain)
)

const _connected = (listener: LiveConnection.Listener): Effect.Effect<never, LiveConnection.Failure> =>
  Effect.gen(function* () {
    const client = yield* RpcClient.make(Live, { disableTracing: true })
    yield* Effect.forkScoped(_introduced(client))
    const events = _followed(client, listener)
    const dashboard = _whileWanted(_range, (range) => client.dashboard.watch({ range })).pipe(
      Stream.runForEach((numbers) => Effect.sync(() => listener.onDashboard(numbers)))
    )
    const clock = _whileWanted(_range, () => LiveLatency.clock(client.dashboard.clock())).pipe(
      Stream.runDrain
    )
    const cluster = _whileWanted(_cluster, () => client.cluster.watch()).pipe(
      Stream.runForEach((snapshot) => Effect.sync(() => listener.onCluster(snapshot)))
    )
    yield* Effect.forkScoped(_beside(client.presence.watch(), listener.onPresence))
    yield* Effect.forkScoped(_beside(client.notice.watch(), listener.onNotice))
    // The first that ends, however it ends: `raceAll` waits for a success.
    yield* Effect.raceFirst(Effect.raceFirst(events, dashboard), Effect.raceFirst(clock, cluster))
    return yield* new _Dropped()
  }).pipe(Effect.scoped, Effect.provide(Layer.fresh(_protocol)))

type _Client = RpcClient.FromGroup<typeof Live, RpcClientError.RpcClientError>

/** A replica of an older version does not know the question; the connection is as good without its name. */
const _introduced = (client: _Client): Effect.Effect<void> =>
  client.cluster.self().pipe(
    Effect.flatMap(({ replica }) =>
      Effect.sync(() => {
        ReplicaColors.see([replica])
        LiveStore.servedBy(replica)
      })
    ),
    Effect.catchAllCause(() => Effect.void)
  )

/** A replica of an older version does not know these; the rest must go on without them. */
const _beside = <A, E>(stream: Stream.Stream<A, E>, take: (value: A) => void): Effect.Effect<void> =>
  Stream.runForEach(stream, (value) => Effect.sync(() => take(value))).pipe(
    Effect.catchAllCause(() => Effect.void)
  )

/** A hole in the numbers is asked for on the same connection; a stream that ends without one is a loss. */
const _followed = (client: _Client, listener: LiveConnection.Listener) =>
  Effect.suspend(() =>
    client.event.watch(_after(LiveStore.get().position)).pipe(
      Stream.zipWithIndex,
      Stream.mapEffect(([batch, index]) => Effect.sync(() => _take(listener, batch, index === 0))),
      Stream.takeUntil((gap) => gap),
      Stream.runLast
    )
  ).pipe(Effect.repeat({ while: (last) => Option.contains(last, true) }))

/** Returns whether to ask again. */
const _take = (
  listener: LiveConnection.Listener,
  batch: LiveCursor.Batch<Event.Model>,
  isFirst: boolean
): boolean => {
  const before = LiveStore.get().position
  const { position, fresh, gap, missed } = LiveCursor.accept(before, batch, isFirst)
  LiveStore.append(position, fresh, missed)
  LiveLatency.arrived(fresh, isFirst)
  LiveStore.setStatus("live")
  // Before the very first position is known, a change may fall between a page's query and the head.
  missed || Option.isNone(before) ? listener.onMissed() : undefined
  fresh.length > 0 ? listener.onEvents(fresh) : undefined
  return gap
}

const _after = (position: LiveCursor.Position) =>
  Option.match(position, { onNone: () => ({}), onSome: (after) => ({ after }) })

/** A part of the live state: now, and each time that it changes. */
const _values = <Value>(select: (state: LiveStore.State) => Value): Stream.Stream<Value> =>
  Stream.asyncPush<Value>((emit) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        emit.single(select(LiveStore.get()))
        return LiveStore.subscribe(() => emit.single(select(LiveStore.get())))
      }),
      (unsubscribe) => Effect.sync(unsubscribe)
    )
  ).pipe(Stream.changes)

/** Runs the stream while a page shows what it brings, anew for each wish. */
const _whileWanted = <Wish, A, E>(
  read: (state: LiveStore.State) => Wish | undefined,
  stream: (wish: Wish) => Stream.Stream<A, E>
) =>
  _values(read).pipe(
    Stream.flatMap((wish) => (wish === undefined ? Stream.never : stream(wish)), { switch: true })
  )

const _range = ({ dashboard }: LiveStore.State) => dashboard
const _cluster = ({ cluster }: LiveStore.State) => cluster || undefined

export { LiveConnection }
