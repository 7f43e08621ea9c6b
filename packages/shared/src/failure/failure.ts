import { Schema } from "effect"
import { Problem } from "../problem.ts"

const _Percent = Schema.Int.pipe(Schema.between(0, 100))

/** What is left out of a `PUT` goes back to its default: no failure. */
class _Settings extends Schema.Class<_Settings>("Failure.Settings")({
  /** Before anything happens, at every payment and carrier call. At most one minute. */
  latencyMillis: Schema.optionalWith(Schema.Int.pipe(Schema.between(0, 60_000)), { default: () => 0 }),
  /** Calls that are answered 503 before any effect. */
  errorRatePercent: Schema.optionalWith(_Percent, { default: () => 0 }),
  /** Every carrier call is answered 503; payments go on. */
  carrierOutage: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  /** Of the authorisations that the token would let pass. */
  declineRatePercent: Schema.optionalWith(_Percent, { default: () => 0 })
}) {}

/** Outside the demo there is no panel, for anybody. */
class _NotFound extends Schema.TaggedError<_NotFound>()(
  "Failure.NotFound",
  Problem.fields("Failure.NotFound", 404, "There is no failure panel here"),
  Problem.annotations(404)
) {}

/** What the sandbox's payment provider and carrier do wrong on purpose; one panel for all tenants. */
const Failure = { Settings: _Settings, NotFound: _NotFound } as const

declare namespace Failure {
  type Settings = _Settings
  type NotFound = _NotFound
}

export { Failure }
