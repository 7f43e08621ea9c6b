import { Duration, Effect, Option, Schema } from "effect"
import { type Leadership } from "../context/leadership.ts"
import { LeaderStore } from "./leader-store.ts"
import { RunOutcome } from "./run-outcome.ts"
import { Tenure } from "./tenure.ts"

declare namespace ClusterSingleton {
  type Plain<E, R> = {
    /** Unique in the cluster, and for ever: its history is kept under it. */
    readonly name: string
    /** Pause between the end of one run and the start of the next. */
    readonly every: Duration.DurationInput
    /** A failure or a defect is noted and logged; the next run comes after the same pause. */
    readonly run: Effect.Effect<void, E, R>
  }
  type Stateful<S, I, E, R> = {
    readonly name: string
    readonly every: Duration.DurationInput
    /** Stored as JSON after every run. Old rows must decode: change it as one changes a stored event. */
    readonly state: Schema.Schema<S, I>
    /** The state before the very first run, and when the stored one cannot be read. */
    readonly initial: S
    readonly run: (state: S) => Effect.Effect<S, E, R>
  }
}

const _stateful = <S, I, E, R>({
  name,
  every,
  state,
  initial,
  run
}: ClusterSingleton.Stateful<S, I, E, R>) => {
  const json = Schema.parseJson(state)
  const everyMillis = Duration.toMillis(every)
  const decode = (stored: string) =>
    Schema.decode(json)(stored).pipe(
      Effect.catchAll((error) =>
        Effect.as(Effect.logError("the stored state cannot be read; starting anew", error), initial)
      )
    )
  const turn = (leader: Leadership.Value, before: S) =>
    Effect.gen(function* () {
      const store = yield* LeaderStore
      const { error, result } = yield* RunOutcome.of(run(before))
      const after = Option.getOrElse(result, () => before)
      const encoded = yield* Effect.orDie(Schema.encode(json)(after))
      yield* store.ran(leader, { state: Option.some(encoded), error, everyMillis })
      yield* Effect.sleep(every)
      return after
    })
  return Tenure.layer({
    name,
    everyMillis,
    lead: (tenure) =>
      Option.match(tenure.state, { onNone: () => Effect.succeed(initial), onSome: decode }).pipe(
        Effect.flatMap((first) =>
          Effect.iterate(first, { while: () => true, body: (state) => turn(tenure, state) })
        ),
        Effect.zipRight(Effect.never)
      )
  })
}

const _plain = <E, R>({ name, every, run }: ClusterSingleton.Plain<E, R>): Tenure.Needs<R> =>
  _stateful({ name, every, state: Schema.Null, initial: null, run: () => Effect.as(run, null) })

function _layer<E, R>(options: ClusterSingleton.Plain<E, R>): Tenure.Needs<R>
function _layer<S, I, E, R>(options: ClusterSingleton.Stateful<S, I, E, R>): Tenure.Needs<R>
function _layer<S, I, E, R>(
  options: ClusterSingleton.Plain<E, R> | ClusterSingleton.Stateful<S, I, E, R>
): Tenure.Needs<R> {
  return "state" in options ? _stateful(options) : _plain(options)
}

/**
 * Runs on exactly one replica at a time, over and over; with a `state`, each run gets what the last one
 * gave back, on whatever replica that was. The state is saved after each run, under a fence, and not only
 * when the owner leaves: a killed owner saves nothing.
 */
const ClusterSingleton = { layer: _layer } as const

export { ClusterSingleton }
