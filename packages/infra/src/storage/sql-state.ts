import { Cause, Predicate } from "effect"

/** The five characters by which PostgreSQL names what went wrong; empty where the failure is not its answer. */
const SqlState = {
  of: (cause: Cause.Cause<unknown>): string => {
    const error = Cause.squash(cause)
    return Predicate.hasProperty(error, "cause") && Predicate.hasProperty(error.cause, "code")
      ? String(error.cause.code)
      : ""
  }
} as const

export { SqlState }
