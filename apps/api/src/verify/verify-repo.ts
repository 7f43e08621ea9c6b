import { SqlClient } from "@effect/sql"
import { Context, Effect, Layer } from "effect"
import { type ProviderLedger } from "./provider-ledger.ts"
import { type VerifyCheck } from "./verify-check.ts"

declare namespace VerifyRepo {
  type Finding = {
    readonly check: VerifyCheck
    readonly violations: number
    /** The first in alphabetical order; null when there is none. */
    readonly witness: string | null
  }
  type Shape = {
    /** Orders whose saga has not ended, and waits for nobody; refunds that are neither paid nor refused. */
    readonly inFlight: Effect.Effect<number>
    /**
     * All checks on one snapshot. The books are fetched after the snapshot was taken: an order that it
     * shows as ended has nothing left to happen at the provider but refunds, and in a run that began later.
     */
    readonly run: <E, R>(
      checks: ReadonlyArray<VerifyCheck>,
      books: Effect.Effect<ProviderLedger.Model, E, R>
    ) => Effect.Effect<ReadonlyArray<VerifyRepo.Finding>, E, R>
  }
}

/** Looks behind row-level security, so it needs a superuser; it writes nothing but temporary tables. */
class VerifyRepo extends Context.Tag("api/verify/VerifyRepo")<VerifyRepo, VerifyRepo.Shape>() {
  static readonly layer = Layer.effect(
    VerifyRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const snapshot = Effect.gen(function* () {
        yield* sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ`
        yield* sql`SET LOCAL search_path = app, pg_temp`
        yield* sql`CREATE TEMP TABLE ended ON COMMIT DROP AS
          SELECT tenant_id, id, status, run, total_minor FROM orders
          WHERE status IN ('fulfilled', 'cancelled')`
        yield* sql`CREATE TEMP TABLE parcels ON COMMIT DROP AS
          SELECT tenant_id, order_id, run, 1 AS parcel, provider_id, status FROM shipments
          UNION ALL SELECT tenant_id, order_id, run, parcel, provider_id, status FROM further_shipments`
        // Attempt 0 is a wait: nothing was done by it.
        yield* sql`CREATE TEMP TABLE steps ON COMMIT DROP AS
          SELECT tenant_id, saga, key, step, direction, min(ordinal) AS began_at,
            max(ordinal) FILTER (WHERE outcome = 'succeeded') AS done_at
          FROM saga_steps WHERE attempt > 0 GROUP BY tenant_id, saga, key, step, direction`
        // Without statistics the planner takes a temporary table for a small one and loops over it.
        yield* sql`ANALYZE ended, parcels, steps`
      }).pipe(Effect.orDie)

      const note = ({ authorisations, shipments, effects }: ProviderLedger.Model) =>
        Effect.gen(function* () {
          yield* sql`CREATE TEMP TABLE provider_authorisations ON COMMIT DROP AS
            SELECT id, reference, "amountMinor" AS amount_minor, "refundedMinor" AS refunded_minor, status,
              "createdAt" AS created_at, "updatedAt" AS updated_at,
              split_part(reference, '/', 1) AS tenant_id, split_part(reference, '/', 2) AS order_id,
              nullif(split_part(reference, '/', 3), '')::int AS run
            FROM jsonb_to_recordset(${JSON.stringify(authorisations)}::jsonb) AS a(id text, reference text,
              "amountMinor" bigint, "refundedMinor" bigint, status text, "createdAt" timestamptz,
              "updatedAt" timestamptz)`
          yield* sql`CREATE TEMP TABLE provider_shipments ON COMMIT DROP AS
            SELECT id, reference, status, "createdAt" AS created_at,
              split_part(reference, '/', 1) AS tenant_id, split_part(reference, '/', 2) AS order_id,
              nullif(split_part(reference, '/', 3), '')::int AS run
            FROM jsonb_to_recordset(${JSON.stringify(shipments)}::jsonb) AS s(id text, reference text,
              status text, "createdAt" timestamptz)`
          yield* sql`CREATE TEMP TABLE provider_effects ON COMMIT DROP AS
            SELECT key FROM jsonb_to_recordset(${JSON.stringify(effects)}::jsonb) AS e(key text)`
          yield* sql`ANALYZE provider_authorisations, provider_shipments, provider_effects`
        }).pipe(Effect.orDie)

      const find = (check: VerifyCheck) =>
        sql<Omit<VerifyRepo.Finding, "check">>`
          SELECT count(*) AS violations, min(witness) AS witness
          FROM (${sql.unsafe(check.query)}) found`.pipe(
          Effect.orDie,
          Effect.map((rows) => ({ violations: 0, witness: null, ...rows[0], check }))
        )

      return VerifyRepo.of({
        inFlight: sql<{ readonly count: number }>`
          SELECT (SELECT count(*) FROM app.refunds WHERE status = 'requested') + (
            SELECT count(*) FROM app.orders o WHERE status NOT IN ('fulfilled', 'cancelled') AND NOT EXISTS (
              SELECT 1 FROM app.approvals a WHERE a.tenant_id = o.tenant_id AND a.order_id = o.id
                AND a.run = o.run AND a.status = 'pending')) AS count`.pipe(
          Effect.orDie,
          Effect.map(([row]) => row?.count ?? 0)
        ),
        run: (checks, books) =>
          snapshot.pipe(
            Effect.zipRight(Effect.flatMap(books, note)),
            Effect.zipRight(Effect.forEach(checks, find)),
            Effect.mapError((trouble) => ({ _tag: "Books" as const, trouble })),
            sql.withTransaction,
            Effect.catchTags({
              SqlError: (error) => Effect.die(error),
              Books: ({ trouble }) => Effect.fail(trouble)
            })
          )
      })
    })
  )
}

export { VerifyRepo }
