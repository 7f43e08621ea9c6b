import { Duration, Effect, Schedule } from "effect"
import { ProviderChecksRepo } from "./provider-checks-repo.ts"
import { ProviderLedger } from "./provider-ledger.ts"
import { RefundChecksRepo } from "./refund-checks-repo.ts"
import { ReservationChecksRepo } from "./reservation-checks-repo.ts"
import { StoredChecksRepo } from "./stored-checks-repo.ts"
import { VerifyCheck } from "./verify-check.ts"
import { VerifyRepo } from "./verify-repo.ts"
import { type VerifyReport } from "./verify-report.ts"

const _patience = Duration.seconds(120)

const _drained = new VerifyCheck("L1", "every saga ends within 120 s", "")

/** Holds the database and the provider's books to the product's promises; it changes nothing. */
const Verify = {
  run: Effect.fn("Verify.run")(function* (options: {
    readonly sandboxUrl: string
    /**
     * First wait, at most 120 s, until no order and no refund is in flight; one that still is then counts as
     * a violation.
     */
    readonly wait: boolean
  }) {
    const repo = yield* VerifyRepo
    yield* Effect.when(_drain(repo), () => options.wait)
    const inFlight = yield* repo.inFlight
    const findings = yield* repo.run(
      [...StoredChecksRepo, ...RefundChecksRepo, ...ReservationChecksRepo, ...ProviderChecksRepo],
      ProviderLedger.fetch(options.sandboxUrl)
    )
    const drained = {
      check: _drained,
      violations: inFlight,
      witness: `${inFlight} orders and refunds in flight`
    }
    const late = [drained]
      .filter(() => options.wait)
      .map((row) => (inFlight > 0 ? row : { ...row, witness: null }))
    return { findings: [...findings, ...late], inFlight } satisfies VerifyReport.Outcome
  })
} as const

const _drain = (repo: VerifyRepo.Shape) =>
  repo.inFlight.pipe(
    Effect.repeat({ until: (count) => count === 0, schedule: Schedule.spaced("500 millis") }),
    Effect.timeoutOption(_patience)
  )

export { Verify }
