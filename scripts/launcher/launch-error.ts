import { Data } from "effect"

/** A stop that a person can act on: `message` says what is wrong and what to type; no stack is printed for it. */
class LaunchError extends Data.TaggedError("LaunchError")<{ readonly message: string }> {}

export { LaunchError }
