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
import { Data, Effect, Layer, Option, Ref, Schedule, Stream } from "effect"
import { LiveCursor } from "./live-cursor.ts"
import { LiveLatency } from "./live-latency.ts"
import { LiveStore } from "./live-store.ts"

/** Half to all of 100 ms, 200 ms, … 2 s; a connection that held for ten seconds starts again at 100 ms. */
const _backoff = Schedule.exponential("100 millis").pipe(
  Schedule.union(Schedule.spaced("2 seconds")),
  Schedule.jitteredWith({ min: 0.5, max: 1 }),
  Schedule.resetAfter("10 seconds")
)

/** The connection ended without an error; to the app that is the same as with one. */
class _Dropped extends Data.TaggedError("LiveConnection.Dropped")<{ readonly reason: "closed" | "gap" }> {}

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
 * The app's only WebSocket: `event.watch` from the last number seen, again and again until interrupted, who is
 * online and what is said to the person, and `dashboard.watch` and `cluster.watch` while a page wants them. The position lives in `LiveStore`: an
 * interruption loses nothing.
 */
const LiveConnection = {
  run: (listener: LiveConnection.Listener): Effect.Effect<void> =>
    Effect.suspend(() => _connected(listener)).pipe(
      Effect.sandbox,
      Effect.tapError(() =>
        Effect.sync(() => {
          LiveStore.setStatus("reconnecting")
          listener.onTrouble()
        })
      ),
      Effect.retry(_backoff),
      Effect.ignore
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

const _connected = (listener: LiveConnection.Listener): Effect.Effect<never, LiveConnection.Failure> =>
  Effect.gen(function* () {
    const client = yield* RpcClient.make(Live, { disableTracing: true })
    const opening = yield* Ref.make(true)
    const events = client.event
      .watch(_after(LiveStore.get().position))
      .pipe(
        Stream.runForEach((batch) =>
          Ref.getAndSet(opening, false).pipe(Effect.flatMap((isFirst) => _take(listener, batch, isFirst)))
        )
      )
    const dashboard = _whileWanted(_range, (range) => client.dashboard.watch({ range })).pipe(
      Stream.runForEach((numbers) => Effect.sync(() => listener.onDashboard(numbers)))
    )
    const clock = _whileWanted(_range, () => LiveLatency.clock(client.dashboard.clock())).pipe(
      Stream.runDrain
    )
    const cluster = _whileWanted(_cluster, () => client.cluster.watch()).pipe(
      Stream.runForEach((snapshot) => Effect.sync(() => listener.onCluster(snapshot)))
    )
    const presence = _beside(client.presence.watch(), listener.onPresence)
    const notices = _beside(client.notice.watch(), listener.onNotice)
    yield* Effect.raceAll([events, dashboard, clock, cluster, presence, notices])
    return yield* new _Dropped({ reason: "closed" })
  }).pipe(Effect.scoped, Effect.provide(Layer.fresh(_protocol)))

/** A replica of the release before does not know these; the rest must go on without them. */
const _beside = <A, E>(stream: Stream.Stream<A, E>, take: (value: A) => void): Effect.Effect<never> =>
  Stream.runForEach(stream, (value) => Effect.sync(() => take(value))).pipe(
    Effect.ignoreLogged,
    Effect.zipRight(Effect.never)
  )

const _take = (
  listener: LiveConnection.Listener,
  batch: LiveCursor.Batch<Event.Model>,
  isFirst: boolean
): Effect.Effect<void, _Dropped> =>
  Effect.suspend(() => {
    const before = LiveStore.get().position
    const { position, fresh, gap, missed } = LiveCursor.accept(before, batch, isFirst)
    LiveStore.append(position, fresh)
    LiveLatency.arrived(fresh, isFirst)
    LiveStore.setStatus("live")
    // Before the very first position is known, a change may fall between a page's query and the head.
    missed || Option.isNone(before) ? listener.onMissed() : undefined
    fresh.length > 0 ? listener.onEvents(fresh) : undefined
    return gap ? Effect.fail(new _Dropped({ reason: "gap" })) : Effect.void
  })

const _after = (position: LiveCursor.Position) =>
  Option.match(position, { onNone: () => ({}), onSome: (after) => ({ after }) })

/** Runs the stream while a page shows what it brings: now, and each time that this changes. */
const _whileWanted = <Wish, A, E>(
  read: (state: LiveStore.State) => Wish | undefined,
  stream: (wish: Wish) => Stream.Stream<A, E>
) =>
  Stream.asyncPush<Wish | undefined>((emit) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        emit.single(read(LiveStore.get()))
        return LiveStore.subscribe(() => emit.single(read(LiveStore.get())))
      }),
      (unsubscribe) => Effect.sync(unsubscribe)
    )
  ).pipe(
    Stream.changes,
    Stream.flatMap((wish) => (wish === undefined ? Stream.never : stream(wish)), { switch: true })
  )

const _range = ({ dashboard }: LiveStore.State) => dashboard
const _cluster = ({ cluster }: LiveStore.State) => cluster || undefined

export { LiveConnection }
