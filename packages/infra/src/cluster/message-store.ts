import { SqlSchema } from "@effect/sql"
import { Context, Effect, Layer, Schema } from "effect"
import { InfraSql } from "../storage/infra-sql.ts"

/** A Snowflake is milliseconds since 2025-01-01 above 22 bits of machine and sequence. */
const _epochMillis = 1_735_689_600_000
const _clockShift = 4_194_304

/** How the stock storage writes the reply of a workflow that waits for a signal or a timer. */
const _suspended = '{"_tag":"Success","value":{"_tag":"Suspended"%'

const _Backlog = Schema.Struct({
  /** Rows by the statistics of PostgreSQL: good to a few per cent, and free. */
  messages: Schema.Int,
  replies: Schema.Int,
  /** Seconds that the oldest message which could be handled has been waiting; 0 when there is none. */
  oldestDueSeconds: Schema.Number
})
const _Stuck = Schema.Struct({
  entityType: Schema.String,
  messages: Schema.Int,
  oldestSeconds: Schema.Number
})
const _Suspended = Schema.Struct({ requestId: Schema.String, replyId: Schema.String, signals: Schema.Int })

declare namespace MessageStore {
  /**
   * Removes at most `limit` with an id above `after`, the oldest first. A batch that begins where the one
   * before has ended does not walk over the dead rows that it left.
   */
  type Purge = (millis: number, limit: number, after: string) => Effect.Effect<MessageStore.Purged>
  /** How many, and the id of the last one; `after` again when there was none. */
  type Purged = { readonly removed: number; readonly last: string }
  type Backlog = typeof _Backlog.Type
  type Stuck = typeof _Stuck.Type
  type Suspended = typeof _Suspended.Type
  type Shape = {
    readonly backlog: Effect.Effect<MessageStore.Backlog>
    /** By entity type: messages that are due for longer than so many seconds and have no reply. */
    readonly stuck: (seconds: number) => Effect.Effect<ReadonlyArray<MessageStore.Stuck>>
    /**
     * Lets the owner read again what it read so many seconds ago and did not answer; the stock storage
     * waits 10 minutes. What is being handled is not handled twice: its owner knows it. Gives the number.
     */
    readonly reread: (seconds: number) => Effect.Effect<number>
    /** Removes answered requests that are older than `millis`, with their replies. */
    readonly purgeRequests: MessageStore.Purge
    /** Removes the journals of workflows that ended more than `millis` ago. */
    readonly purgeJournals: MessageStore.Purge
    /** Workflows that wait although at least one signal has been answered. */
    readonly suspended: Effect.Effect<ReadonlyArray<MessageStore.Suspended>>
    /** Runs the workflow again from its journal, if it still waits as it did when it was found. */
    readonly wake: (workflow: MessageStore.Suspended) => Effect.Effect<boolean>
  }
}

/**
 * The message tables of the cluster beside the stock storage: what is left lying in them, and what may go.
 */
class MessageStore extends Context.Tag("infra/cluster/MessageStore")<MessageStore, MessageStore.Shape>() {
  /** Where removing begins: below every id. */
  static readonly first = "0"

  static readonly layer = Layer.effect(
    MessageStore,
    Effect.gen(function* () {
      const sql = yield* InfraSql
      const cutoff = (millis: number) =>
        sql`((extract(epoch FROM clock_timestamp()) * 1000)::bigint - ${_epochMillis + millis})
          * ${_clockShift}`
      const ageSeconds = sql`extract(epoch FROM clock_timestamp())
        - greatest((id / ${_clockShift} + ${_epochMillis}), coalesce(deliver_at, 0)) / 1000.0`
      const isDue = sql`NOT processed AND kind = 0
        AND coalesce(deliver_at, 0) <= extract(epoch FROM clock_timestamp()) * 1000`

      const backlog = SqlSchema.single({
        Request: Schema.Void,
        Result: _Backlog,
        execute: () => sql`
          SELECT
            (SELECT n_live_tup FROM pg_stat_user_tables WHERE relname = 'cluster_messages') AS messages,
            (SELECT n_live_tup FROM pg_stat_user_tables WHERE relname = 'cluster_replies') AS replies,
            coalesce((SELECT max(${ageSeconds}) FROM cluster_messages WHERE ${isDue}), 0)::float8
              AS oldest_due_seconds`
      })

      const stuck = SqlSchema.findAll({
        Request: Schema.Number,
        Result: _Stuck,
        execute: (seconds) => sql`
          SELECT entity_type, count(*)::int AS messages, max(${ageSeconds})::float8 AS oldest_seconds
          FROM cluster_messages WHERE ${isDue} AND ${ageSeconds} > ${seconds} GROUP BY entity_type`
      })

      const suspended = SqlSchema.findAll({
        Request: Schema.Void,
        Result: _Suspended,
        execute: () => sql`
          SELECT run.id::text AS request_id, r.id::text AS reply_id, count(*)::int AS signals
          FROM cluster_replies r
          JOIN cluster_messages run ON run.last_reply_id = r.id AND run.id = r.request_id
          JOIN cluster_messages signal ON signal.entity_type = run.entity_type
            AND signal.entity_id = run.entity_id AND signal.tag = 'deferred' AND signal.processed
          WHERE r.payload LIKE ${sql.literal(`'${_suspended}'`)} AND run.tag = 'run'
            AND run.entity_type LIKE 'Workflow/%'
          GROUP BY run.id, r.id`
      })

      const wake = Effect.fn("MessageStore.wake")(function* ({ replyId, requestId }: MessageStore.Suspended) {
        const rows = yield* sql`
          WITH run AS (
            UPDATE cluster_messages SET processed = false, last_read = NULL, last_reply_id = NULL
            WHERE id = ${requestId}::bigint AND last_reply_id = ${replyId}::bigint RETURNING id
          )
          DELETE FROM cluster_replies WHERE request_id IN (SELECT id FROM run) RETURNING id`.pipe(
          Effect.orDie
        )
        return rows.length > 0
      })

      const purgeRequests = Effect.fn("MessageStore.purgeRequests")(
        (millis: number, limit: number, after: string) =>
          _purged(sql<MessageStore.Purged>`
          WITH dead AS (
            SELECT id FROM cluster_messages
            WHERE id > ${after}::bigint AND id < ${cutoff(millis)}
              AND processed AND kind = 0 AND entity_type NOT LIKE 'Workflow/%'
            ORDER BY id LIMIT ${limit}
          ), replies AS (DELETE FROM cluster_replies WHERE request_id IN (SELECT id FROM dead)),
          messages AS (DELETE FROM cluster_messages WHERE request_id IN (SELECT id FROM dead))
          SELECT count(*)::int AS removed, coalesce(max(id), ${after}::bigint)::text AS last FROM dead`)
      )

      const purgeJournals = Effect.fn("MessageStore.purgeJournals")(
        (millis: number, limit: number, after: string) =>
          _purged(sql<MessageStore.Purged>`
          WITH ended AS (
            SELECT run.id, run.entity_type, run.entity_id FROM cluster_messages run
            JOIN cluster_replies r ON r.id = run.last_reply_id
            WHERE run.id > ${after}::bigint AND run.id < ${cutoff(millis)}
              AND r.id < ${cutoff(millis)} AND run.processed
              AND run.tag = 'run' AND run.entity_type LIKE 'Workflow/%'
              AND r.payload NOT LIKE ${sql.literal(`'${_suspended}'`)}
            ORDER BY run.id LIMIT ${limit}
          ), dead AS (
            SELECT m.id FROM cluster_messages m JOIN ended USING (entity_type, entity_id)
            WHERE m.entity_type LIKE 'Workflow/%'
          ), replies AS (DELETE FROM cluster_replies WHERE request_id IN (SELECT id FROM dead)),
          messages AS (DELETE FROM cluster_messages WHERE id IN (SELECT id FROM dead)),
          -- A timer is answered long before the run that it belongs to has ended.
          finished AS (SELECT entity_id FROM ended WHERE entity_type <> 'Workflow/-/DurableClock'),
          journals AS (DELETE FROM workflow_journal WHERE execution_id IN (SELECT entity_id FROM finished)),
          runs AS (DELETE FROM workflow_runs WHERE execution_id IN (SELECT entity_id FROM finished))
          SELECT count(*)::int AS removed, coalesce(max(id), ${after}::bigint)::text AS last FROM ended`)
      )

      const reread = Effect.fn("MessageStore.reread")((seconds: number) =>
        sql<{ readonly offered: number }>`
          WITH again AS (
            UPDATE cluster_messages SET last_read = NULL
            WHERE NOT processed AND last_read < now() - ${seconds} * interval '1 second' RETURNING id
          ) SELECT count(*)::int AS offered FROM again`.pipe(
          Effect.orDie,
          Effect.map(([row]) => row?.offered ?? 0)
        )
      )

      return MessageStore.of({
        backlog: Effect.orDie(backlog()),
        stuck: (seconds) => Effect.orDie(stuck(seconds)),
        reread,
        purgeRequests,
        purgeJournals,
        suspended: Effect.orDie(suspended()),
        wake
      })
    })
  )
}

const _purged = <E>(rows: Effect.Effect<ReadonlyArray<MessageStore.Purged>, E>) =>
  rows.pipe(
    Effect.orDie,
    Effect.map(([row]) => row ?? { removed: 0, last: MessageStore.first })
  )

export { MessageStore }
