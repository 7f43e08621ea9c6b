import { type Event } from "@tessera/shared/event/event"
import { DateTime, Effect, Option, Order, Schedule, Stream } from "effect"
import { LiveStore } from "./live-store.ts"
import { Store } from "./store.ts"

declare namespace LiveLatency {
  /** One question after the time: when it left and came back by our clock, and what the other clock said. */
  interface Exchange {
    readonly sentMillis: number
    readonly receivedMillis: number
    readonly serverMillis: number
  }
  interface State {
    /** What is to be added to our clock; undefined while it was not measured. */
    readonly offsetMillis: number | undefined
    /** The newest last, at most 300. */
    readonly samples: ReadonlyArray<number>
  }
  interface Summary {
    readonly count: number
    readonly p50: number
    readonly p99: number
  }
}

const _kept = 300
const _exchanges = 8
const _again = "1 minute"

const _initial: LiveLatency.State = { offsetMillis: undefined, samples: [] }
const _store = Store.make(_initial)

/** Finer than a date, and never set back while the page is open. */
const _now = () => performance.timeOrigin + performance.now()

const _roundTrip = ({ receivedMillis, sentMillis }: LiveLatency.Exchange) => receivedMillis - sentMillis
const _shorter = Order.mapInput(Order.number, _roundTrip)

/** Nearest rank: a time that was really measured. */
const _rank = (sorted: ReadonlyArray<number>, part: number) =>
  sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0

/**
 * How long an event takes from its row to the screen. It is dated by another clock than ours: what lies
 * between the two is estimated as NTP does it, from the exchange with the shortest way; half of that way is
 * the most that the estimate can be wrong.
 */
const LiveLatency = {
  get: _store.get,
  subscribe: _store.subscribe,
  offset: (exchanges: ReadonlyArray<LiveLatency.Exchange>): number | undefined =>
    exchanges
      .toSorted(_shorter)
      .slice(0, 1)
      .map(({ receivedMillis, sentMillis, serverMillis }) => serverMillis - (sentMillis + receivedMillis) / 2)
      .at(0),
  /** Below zero is the error of the estimate. */
  take: (state: LiveLatency.State, millis: ReadonlyArray<number>): LiveLatency.State => ({
    ...state,
    samples: [...state.samples, ...millis.map((each) => Math.max(0, each))].slice(-_kept)
  }),
  summary: (samples: ReadonlyArray<number>): Option.Option<LiveLatency.Summary> => {
    const sorted = samples.toSorted(Order.number)
    return Option.map(
      Option.liftPredicate(sorted, ({ length }) => length > 0),
      () => ({ count: sorted.length, p50: _rank(sorted, 0.5), p99: _rank(sorted, 0.99) })
    )
  },
  /** Measures the offset now and every minute, with what asks the server for its time. */
  clock: <E>(ask: Effect.Effect<number, E>): Stream.Stream<void, E> =>
    Stream.repeatEffectWithSchedule(_measured(ask), Schedule.spaced(_again)),
  /**
   * To be told right after the events were given to the page: counts when the frame with them is shown. What
   * was read back after a lost connection says how long that was gone, and is left out.
   */
  arrived: (fresh: ReadonlyArray<Event.Model>, isReadBack: boolean): void => {
    const { offsetMillis } = _store.get()
    const isShown = LiveStore.get().dashboard !== undefined && document.visibilityState === "visible"
    offsetMillis !== undefined && isShown && !isReadBack && fresh.length > 0
      ? // The second frame begins when the first one was painted.
        requestAnimationFrame(() => requestAnimationFrame(() => _shown(fresh, offsetMillis)))
      : undefined
  }
} as const

const _shown = (fresh: ReadonlyArray<Event.Model>, offsetMillis: number) => {
  const seenMillis = _now() + offsetMillis
  _store.update((state) =>
    LiveLatency.take(
      state,
      fresh.map(({ occurredAt }) => seenMillis - DateTime.toEpochMillis(occurredAt))
    )
  )
}

const _measured = <E>(ask: Effect.Effect<number, E>) =>
  Effect.gen(function* () {
    const sentMillis = yield* Effect.sync(_now)
    const serverMillis = yield* ask
    const receivedMillis = yield* Effect.sync(_now)
    return { sentMillis, serverMillis, receivedMillis }
  }).pipe(
    Effect.replicateEffect(_exchanges),
    Effect.map((exchanges) =>
      _store.update((state) => ({ ...state, offsetMillis: LiveLatency.offset(exchanges) }))
    )
  )

export { LiveLatency }
