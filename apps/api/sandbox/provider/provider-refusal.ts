import { Data } from "effect"

/** Answered before the ledger was asked: nothing is stored under the key, so a retry is a new attempt. */
class ProviderRefusal extends Data.TaggedError("ProviderRefusal")<{
  readonly status: number
  readonly code: string
}> {}

export { ProviderRefusal }
