import { Effect } from "effect"
import { LaunchError } from "./launch-error.ts"

/** Runs a promise; whatever it throws becomes a LaunchError, with the stack if it was not one already. */
const attempt = <A>(work: () => Promise<A>): Effect.Effect<A, LaunchError> =>
  Effect.tryPromise({
    try: work,
    catch: (error) =>
      error instanceof LaunchError
        ? error
        : new LaunchError({
            message: error instanceof Error ? (error.stack ?? error.message) : String(error)
          })
  })

export { attempt }
