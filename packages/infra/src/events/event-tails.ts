import { Context, Deferred, Effect, Layer, Option, PubSub, RcMap, Ref, type Scope, Stream } from "effect"
import { Tenancy } from "../tenancy/tenancy.ts"
import { EventHub } from "./event-hub.ts"
import { EventLog } from "./event-log.ts"
import { type EventRecord } from "./event-record.ts"
import { EventWatch } from "./event-watch.ts"

type _End = { readonly head: number; readonly recent: ReadonlyArray<EventRecord> }
type _Tail = {
  readonly topic: PubSub.PubSub<EventWatch.Batch>
  /** Waits until the log has been read for the first time. */
  readonly end: Effect.Effect<_End>
}

declare namespace EventTails {
  type Shape = {
    /** What came after `after` (nothing when none), then what comes: no gap, no duplicate. */
    readonly watch: (after: Option.Option<number>) => EventWatch.Source
  }
}

/** Events of a tenant that a replica keeps for those who come back. */
const _kept = 512
/** Batches that a slow reader may lag behind; then it reads the log. */
const _capacity = 256
const _pause = "200 millis"

/**
 * The end of each tenant's log that is watched on this replica, read once for all who watch it: when all
 * clients of a lost replica come to this one, they cost the database one reader and not one each. Only who
 * was away for longer than what is kept here reads the log by itself.
 */
class EventTails extends Context.Tag("infra/events/EventTails")<EventTails, EventTails.Shape>() {
  static readonly layer = Layer.scoped(
    EventTails,
    Effect.gen(function* () {
      const log = yield* EventLog
      const hub = yield* EventHub

      const tails = yield* RcMap.make({
        lookup: (tenantId: Tenancy.Id) => _tail({ log, hub }, tenantId),
        idleTimeToLive: "10 seconds"
      })

      return EventTails.of({
        watch: (after) =>
          Stream.unwrapScoped(
            Effect.gen(function* () {
              const { tenantId } = yield* Tenancy.Current
              const { end, topic } = yield* RcMap.get(tails, tenantId)
              const queue = yield* PubSub.subscribe(topic)
              const { head, recent } = yield* end
              const start = yield* _start(log, head, after)
              const isKept = start + 1 >= (recent[0]?.seq ?? head + 1)
              const opening = isKept
                ? Stream.make(_opening(head, start, recent))
                : EventWatch.read(log, start)
              const hints = Stream.map(Stream.fromQueue(queue), (batch) => batch.events)
              return EventWatch.follow(log, { opening, start }, hints)
            })
          )
      })
    })
  )
}

/**
 * Who comes from another replica may have seen more than has come to this one yet; a number that the log
 * itself has not reached (a restored database) would wait for ever.
 */
const _start = (
  log: EventLog.Shape,
  head: number,
  after: Option.Option<number>
): Effect.Effect<number, never, Tenancy.Current> =>
  Option.match(after, {
    onNone: () => Effect.succeed(head),
    onSome: (seen) =>
      seen <= head
        ? Effect.succeed(seen)
        : Effect.map(log.after(Number.MAX_SAFE_INTEGER, 1), (end) => Math.min(end.head, seen))
  })

const _opening = (head: number, start: number, recent: ReadonlyArray<EventRecord>): EventWatch.Batch => {
  const position = Math.max(head, start)
  return { head: position, position, events: recent.filter(({ seq }) => seq > start) }
}

const _tail = (
  { log, hub }: { readonly log: EventLog.Shape; readonly hub: EventHub.Shape },
  tenantId: Tenancy.Id
): Effect.Effect<_Tail, never, Scope.Scope> =>
  Effect.gen(function* () {
    const topic = yield* Effect.acquireRelease(PubSub.sliding<EventWatch.Batch>(_capacity), PubSub.shutdown)
    const first = yield* Deferred.make<Ref.Ref<_End>>()
    const begin = Effect.flatMap(log.after(Number.MAX_SAFE_INTEGER, 1), ({ head }) =>
      Effect.flatMap(Ref.make<_End>({ head, recent: [] }), (ref) => Deferred.succeed(first, ref))
    )
    const advance = (ref: Ref.Ref<_End>) => (batch: EventWatch.Batch) =>
      // Who subscribes between the two has it already when the batch comes, and drops it.
      Ref.update(ref, ({ head, recent }) => ({
        head: Math.max(head, batch.events.at(-1)?.seq ?? head),
        recent: [...recent, ...batch.events].slice(-_kept)
      })).pipe(
        Effect.zipRight(PubSub.publish(topic, batch)),
        Effect.when(() => batch.events.length > 0)
      )
    const run = Effect.gen(function* () {
      yield* Effect.whenEffect(begin, Effect.negate(Deferred.isDone(first)))
      const ref = yield* Deferred.await(first)
      const { head: start } = yield* Ref.get(ref)
      const source = { start, opening: EventWatch.read(log, start) }
      yield* Stream.runForEach(EventWatch.follow(log, source, hub.live(tenantId)), advance(ref))
    })
    yield* run.pipe(
      Effect.provideService(Tenancy.Current, Tenancy.system(tenantId, "events")),
      Effect.catchAllCause((cause) => Effect.logWarning("the end of a log could not be read", cause)),
      Effect.zipRight(Effect.sleep(_pause)),
      Effect.forever,
      Effect.forkScoped
    )
    return { topic, end: Effect.flatMap(Deferred.await(first), Ref.get) }
  })

export { EventTails }
