import { FetchHttpClient } from "@effect/platform"
import { Postgres } from "@tessera/infra/storage/postgres"
import { Effect, Layer, Redacted } from "effect"
import { ProviderChecksRepo } from "../../apps/api/src/verify/provider-checks-repo.ts"
import { ProviderLedger } from "../../apps/api/src/verify/provider-ledger.ts"
import { RefundChecksRepo } from "../../apps/api/src/verify/refund-checks-repo.ts"
import { ReservationChecksRepo } from "../../apps/api/src/verify/reservation-checks-repo.ts"
import { StoredChecksRepo } from "../../apps/api/src/verify/stored-checks-repo.ts"
import { type VerifyCheck } from "../../apps/api/src/verify/verify-check.ts"
import { VerifyRepo } from "../../apps/api/src/verify/verify-repo.ts"
import { type Finding } from "./finding.ts"

interface Options {
  readonly databaseUrl: string
  readonly sandboxUrl: string
  /** Beside those of `npm run verify`. */
  readonly checks: ReadonlyArray<VerifyCheck>
}

/** Everything that one query can find, all on one snapshot, with the provider's books beside it. */
const StoredFindings = {
  read: async ({ checks, databaseUrl, sandboxUrl }: Options): Promise<ReadonlyArray<Finding>> => {
    const postgres = Postgres.layer({ url: Redacted.make(databaseUrl), name: "checker", connections: 1 })
    const services = VerifyRepo.layer.pipe(Layer.provide(postgres), Layer.provideMerge(FetchHttpClient.layer))
    const found = await Effect.flatMap(VerifyRepo, (repo) =>
      repo.run(
        [
          ...StoredChecksRepo,
          ...RefundChecksRepo,
          ...ReservationChecksRepo,
          ...ProviderChecksRepo,
          ...checks
        ],
        ProviderLedger.fetch(sandboxUrl)
      )
    ).pipe(Effect.provide(services), Effect.runPromise)
    return found.flatMap(({ check, violations, witness }) =>
      violations === 0
        ? []
        : [
            {
              invariant: check.id,
              message: `not kept: ${check.title}${violations > 1 ? ` (${violations} times)` : ""}`,
              witness: witness === null ? [] : [witness]
            }
          ]
    )
  }
}

export { StoredFindings }
