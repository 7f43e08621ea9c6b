import { SqlClient, SqlSchema } from "@effect/sql"
import { Context, Effect, Layer, Schema } from "effect"
import { Batcher } from "../storage/batcher.ts"
import { InfraSql } from "../storage/infra-sql.ts"
import { Tenancy } from "../tenancy/tenancy.ts"

class _Claimed extends Schema.Class<_Claimed>("JobStore.Claimed")({
  tenantId: Tenancy.Id,
  id: Schema.String,
  name: Schema.String,
  payload: Schema.Unknown,
  actor: Tenancy.Actor,
  attempts: Schema.Number,
  maxAttempts: Schema.Number
}) {}

declare namespace JobStore {
  type Claimed = _Claimed
  type Draft = {
    readonly id: string
    readonly queue: string
    readonly name: string
    readonly lane: string
    readonly partition: number
    readonly payload: unknown
    readonly maxAttempts: number
    readonly dedupeKey: string | null
  }
  type Outcome = {
    readonly id: string
    readonly tenantId: string
    readonly partition: number
    readonly epoch: number
    readonly status: "succeeded" | "queued" | "dead"
    /** Milliseconds from now until the next attempt; null when there is none. */
    readonly delayMillis: number | null
    readonly error: string | null
  }
  type Claim = {
    readonly partition: number
    readonly epoch: number
    readonly lane: string
    readonly limit: number
    /** Jobs under way here: a row that is `running` without being one of them was claimed in vain. */
    readonly inFlight: ReadonlyArray<string>
  }
  type Shape = {
    /** Joins the caller's transaction; a live job of the same dedupe key answers with its own id. */
    readonly insert: (
      drafts: ReadonlyArray<JobStore.Draft>
    ) => Effect.Effect<ReadonlyArray<string>, never, Tenancy.Current>
    readonly claim: (claim: JobStore.Claim) => Effect.Effect<ReadonlyArray<JobStore.Claimed>>
    /** Group-committed; a row of an older epoch is left alone, because its job has another owner. */
    readonly complete: (outcome: JobStore.Outcome) => Effect.Effect<void>
    readonly due: (
      partitions: ReadonlyArray<number>
    ) => Effect.Effect<ReadonlyArray<{ readonly partition: number; readonly key: string }>>
    /** Milliseconds until the lane's next row is due; null when it has none. */
    readonly nextDue: (lane: string) => Effect.Effect<number | null>
  }
}

/**
 * Rows of `jobs`: submitted as the tenant, claimed and completed as `tessera_infra` under the partition's
 * epoch.
 */
class JobStore extends Context.Tag("infra/jobs/JobStore")<JobStore, JobStore.Shape>() {
  static readonly layer = Layer.scoped(
    JobStore,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const infra = yield* InfraSql

      const insert: JobStore.Shape["insert"] = Effect.fn("JobStore.insert")(function* (drafts) {
        const actor = yield* Tenancy.Current
        const rows = JSON.stringify(drafts)
        const inserted = yield* sql<{ readonly id: string }>`
          WITH drafts AS MATERIALIZED (
            SELECT * FROM jsonb_to_recordset(${rows}::jsonb) AS d(id uuid, queue text, name text, lane text,
              partition smallint, payload jsonb, "maxAttempts" int, "dedupeKey" text)
          ), written AS (
            INSERT INTO jobs (tenant_id, id, queue, name, lane, partition, payload, actor, status,
              max_attempts, dedupe_key, next_due)
            SELECT ${actor.tenantId}, id, queue, name, lane, partition, payload,
              ${JSON.stringify(actor)}::jsonb, 'queued', "maxAttempts", "dedupeKey", now() FROM drafts
            ON CONFLICT (tenant_id, name, dedupe_key)
              WHERE dedupe_key IS NOT NULL AND status IN ('queued', 'running')
              DO UPDATE SET dedupe_key = excluded.dedupe_key
            RETURNING id
          ) SELECT id FROM written`.pipe(Effect.orDie)
        return inserted.map(({ id }) => id)
      })

      const claim = SqlSchema.findAll({
        Request: Schema.Struct({
          partition: Schema.Number,
          epoch: Schema.Number,
          lane: Schema.String,
          limit: Schema.Number,
          inFlight: Schema.Array(Schema.String)
        }),
        Result: _Claimed,
        execute: ({ partition, epoch, lane, limit, inFlight }) => infra`
          WITH fence AS MATERIALIZED (
            SELECT epoch FROM lane_partitions WHERE partition = ${partition} AND epoch = ${epoch} FOR SHARE
          ), due AS MATERIALIZED (
            SELECT tenant_id, id FROM jobs
            WHERE lane = ${lane} AND next_due <= now()
              AND (status = 'queued' OR (status = 'running'
                AND (claimed_epoch < ${epoch} OR NOT (id = ANY(${inFlight}::uuid[])))))
            ORDER BY next_due, id LIMIT ${limit}
          )
          UPDATE jobs j SET status = 'running', claimed_epoch = fence.epoch, attempts = attempts + 1
          FROM due, fence WHERE j.tenant_id = due.tenant_id AND j.id = due.id
          RETURNING j.tenant_id, j.id, j.name, j.payload, j.actor, j.attempts, j.max_attempts`
      })

      const complete = yield* Batcher.make(
        (outcomes: ReadonlyArray<JobStore.Outcome>) =>
          infra`
            WITH done AS MATERIALIZED (
              SELECT d.* FROM jsonb_to_recordset(${JSON.stringify(outcomes)}::jsonb)
                AS d(id uuid, "tenantId" uuid, partition smallint, epoch bigint, status text,
                  "delayMillis" float8, error text)
            ), fence AS MATERIALIZED (
              SELECT p.partition, p.epoch FROM lane_partitions p
              WHERE p.partition IN (SELECT partition FROM done) ORDER BY p.partition FOR SHARE
            )
            UPDATE jobs j SET
              status = done.status,
              next_due = now() + done."delayMillis" * interval '1 millisecond',
              finished_at = CASE WHEN done."delayMillis" IS NULL THEN clock_timestamp() END,
              claimed_epoch = NULL,
              last_error = done.error,
              errors = CASE WHEN done.error IS NULL THEN j.errors ELSE j.errors || jsonb_build_array(
                jsonb_build_object('attempt', j.attempts, 'at', now(), 'error', done.error)) END
            FROM done JOIN fence USING (partition, epoch)
            WHERE j.tenant_id = done."tenantId" AND j.id = done.id AND j.claimed_epoch = done.epoch`.pipe(
            Effect.orDie,
            Effect.asVoid
          ),
        { maxSize: 200, inFlight: 2 }
      )

      return JobStore.of({
        insert,
        claim: (request) => claim(request).pipe(Effect.orDie),
        complete,
        // Running rows, too: only a wake makes a new owner take the partition over, and with it their epoch.
        due: (partitions) =>
          infra<{ readonly partition: number; readonly key: string }>`
            SELECT DISTINCT j.partition, j.lane AS key FROM jobs j
            WHERE ${infra.in("j.partition", partitions)} AND j.next_due <= now()
            LIMIT 1000`.pipe(Effect.orDie),
        nextDue: (lane) =>
          infra<{ readonly millis: number | null }>`
            SELECT extract(epoch FROM min(next_due) - now())::float8 * 1000 AS millis FROM jobs
            WHERE lane = ${lane} AND next_due IS NOT NULL AND status = 'queued'`.pipe(
            Effect.orDie,
            Effect.map(([row]) => row?.millis ?? null)
          )
      })
    })
  )
}

export { JobStore }
