import { Cause, Effect, Exit, Option } from "effect"

declare namespace RunOutcome {
  type Of<A> = { readonly result: Option.Option<A>; readonly error: Option.Option<string> }
}

/** Characters of an error that a row keeps. */
const _limit = 500

/**
 * A run's result or the text of its failure or defect, which is logged; only an interrupt passes through,
 * because it means that the run is to go on elsewhere.
 */
const RunOutcome = {
  of: <A, E, R>(run: Effect.Effect<A, E, R>): Effect.Effect<RunOutcome.Of<A>, never, R> =>
    Effect.flatMap(
      Effect.exit(run),
      Exit.match({
        onSuccess: (value) => Effect.succeed({ result: Option.some(value), error: Option.none() }),
        onFailure: (cause) =>
          Cause.isInterrupted(cause)
            ? Effect.interrupt
            : Effect.as(Effect.logError("a run failed", cause), {
                result: Option.none(),
                error: Option.some(Cause.pretty(cause).split("\n").at(0)?.slice(0, _limit) ?? "failed")
              })
      })
    )
} as const

export { RunOutcome }
