import { SqlClient } from "@effect/sql"
import { Effect } from "effect"

/** Who has the run now, by its epoch; the row is made at the first activity that is journalled. */
const _runs = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql`CREATE TABLE IF NOT EXISTS cluster.workflow_runs (
    execution_id text PRIMARY KEY,
    epoch        bigint NOT NULL,
    begun_at     timestamptz NOT NULL DEFAULT clock_timestamp()
  ) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02)`
)

const _journal = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql`CREATE TABLE IF NOT EXISTS cluster.workflow_journal (
    execution_id text NOT NULL,
    name         text NOT NULL,
    attempt      int NOT NULL,
    exit         text NOT NULL,
    PRIMARY KEY (execution_id, name, attempt)
  ) WITH (autovacuum_vacuum_scale_factor = 0.02)`
)

/**
 * Each statement of a function has a snapshot of its own: what an older owner wrote before the epoch rose is
 * read, and afterwards it can write no more. Rows are locked in one order, and never waited for, so that one
 * held row holds up nobody else of the batch.
 */
const _begin = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql`CREATE OR REPLACE FUNCTION cluster.begin_runs(executions json, journalled boolean)
    RETURNS TABLE (ordinal int, state text, epoch bigint, exits json)
    LANGUAGE plpgsql SET search_path = cluster, pg_temp AS $$
    DECLARE run record;
    BEGIN
      FOR run IN
        SELECT e.id, e.position FROM json_array_elements_text(executions) WITH ORDINALITY AS e(id, position)
        ORDER BY 1, 2
      LOOP
        ordinal := run.position;
        epoch := NULL;
        exits := NULL;
        SELECT w.epoch + 1 INTO epoch FROM workflow_runs w WHERE w.execution_id = run.id
          FOR NO KEY UPDATE SKIP LOCKED;
        IF FOUND THEN
          state := 'journal';
          UPDATE workflow_runs w SET epoch = begin_runs.epoch WHERE w.execution_id = run.id;
          SELECT json_agg(json_build_object('name', j.name, 'attempt', j.attempt, 'exit', j.exit)) INTO exits
            FROM workflow_journal j WHERE j.execution_id = run.id;
        ELSIF EXISTS (SELECT FROM workflow_runs w WHERE w.execution_id = run.id) THEN
          state := 'busy';
        ELSIF NOT journalled OR EXISTS (SELECT FROM cluster_messages m WHERE m.entity_id = run.id
            AND m.entity_type LIKE 'Workflow/%' AND m.tag = 'activity') THEN
          state := 'stock';
        ELSE
          INSERT INTO workflow_runs AS w (execution_id, epoch) VALUES (run.id, 1)
            ON CONFLICT DO NOTHING RETURNING w.epoch INTO epoch;
          state := CASE WHEN epoch IS NULL THEN 'busy' ELSE 'journal' END;
        END IF;
        RETURN NEXT;
      END LOOP;
    END $$`
)

/** For a step's own transaction: the row is there if and only if what the step did is. */
const _record = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql`CREATE OR REPLACE FUNCTION cluster.record_activity(
      execution text, fence bigint, activity text, nth int, result text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = cluster, pg_temp AS $$
    BEGIN
      PERFORM FROM workflow_runs w WHERE w.execution_id = execution AND w.epoch = fence FOR SHARE;
      IF NOT FOUND THEN RETURN 'stale'; END IF;
      INSERT INTO workflow_journal (execution_id, name, attempt, exit)
        VALUES (execution, activity, nth, result) ON CONFLICT DO NOTHING;
      RETURN CASE WHEN FOUND THEN 'written' ELSE 'lost' END;
    END $$`
)

const _grants = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`REVOKE ALL ON FUNCTION cluster.begin_runs(json, boolean) FROM PUBLIC`
  yield* sql`REVOKE ALL ON FUNCTION cluster.record_activity(text, bigint, text, int, text) FROM PUBLIC`
  yield* sql`GRANT USAGE ON SCHEMA cluster TO tessera_app`
  yield* sql`GRANT EXECUTE ON FUNCTION cluster.record_activity(text, bigint, text, int, text) TO tessera_app`
})

/**
 * What finished activities of workflows came to. As `tessera_infra`, any number of times; the app role may
 * add a row by the function, and sees none.
 */
const JournalTables = {
  create: Effect.all([_runs, _journal, _begin, _record, _grants], { discard: true }).pipe(
    Effect.withSpan("JournalTables.create")
  )
} as const

export { JournalTables }
