import { SqlClient } from "@effect/sql"
import { Effect } from "effect"

/**
 * Puts a request into the caller's transaction, for a role that may neither read nor write the table: gives
 * the id of the message that stands in its way, or null. The owner of its shard is told at the commit.
 */
const _sendMessage = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE OR REPLACE FUNCTION cluster.send_message(message json) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = cluster, pg_temp AS $function$
    DECLARE
      draft cluster.cluster_messages := json_populate_record(NULL::cluster.cluster_messages, message);
    BEGIN
      INSERT INTO cluster.cluster_messages (id, message_id, shard_id, entity_type, entity_id, kind, tag,
        payload, headers, trace_id, span_id, sampled, request_id, reply_id, deliver_at)
      VALUES (draft.id, draft.message_id, draft.shard_id, draft.entity_type, draft.entity_id, draft.kind,
        draft.tag, draft.payload, draft.headers, draft.trace_id, draft.span_id, draft.sampled,
        draft.request_id, draft.reply_id, draft.deliver_at)
      ON CONFLICT DO NOTHING;
      IF FOUND THEN
        PERFORM pg_notify('cluster_messages', draft.shard_id);
        RETURN NULL;
      END IF;
      RETURN (SELECT m.id FROM cluster.cluster_messages m
        WHERE m.message_id = draft.message_id OR m.id = draft.id
        ORDER BY m.message_id = draft.message_id DESC NULLS LAST LIMIT 1);
    END $function$`
  yield* sql`REVOKE ALL ON FUNCTION cluster.send_message(json) FROM PUBLIC`
  yield* sql`GRANT EXECUTE ON FUNCTION cluster.send_message(json) TO tessera_app`
  yield* sql`GRANT USAGE ON SCHEMA cluster TO tessera_app`
})

/**
 * Dead rows are removed soon, and at a tenth of the usual pace: what writes the log as fast as it can makes
 * every commit wait for it.
 */
const _upkeep = "autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 20"

/**
 * Who leads what, and what became of each tick. They belong to no tenant, so only `tessera_infra` may see
 * them. An app's migration runs `create`; the stock tables of messages and runners are made by their
 * storages.
 */
const ClusterTables = {
  create: Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`CREATE TABLE cluster_singletons (
      name         text PRIMARY KEY,
      owner        text NOT NULL,
      fence        bigint NOT NULL,
      every_millis bigint NOT NULL,
      created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
      started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
      last_run_at  timestamptz,
      runs         bigint NOT NULL DEFAULT 0,
      failures     int NOT NULL DEFAULT 0,
      last_error   text,
      state        jsonb
    ) WITH (fillfactor = 50)`
    yield* sql`CREATE TABLE cron_ticks (
      name         text NOT NULL,
      scheduled_at timestamptz NOT NULL,
      ran_on       text,
      outcome      text NOT NULL CHECK (outcome IN ('running', 'done', 'failed', 'skipped')),
      fence        bigint NOT NULL,
      attempts     int NOT NULL,
      started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
      ended_at     timestamptz,
      error        text,
      PRIMARY KEY (name, scheduled_at)
    )`
    yield* sql`CREATE INDEX cron_ticks_running ON cron_ticks (name, scheduled_at) WHERE outcome = 'running'`
    yield* sql`GRANT SELECT, INSERT, UPDATE, DELETE ON cluster_singletons, cron_ticks TO tessera_infra`
  }),
  /**
   * What the upkeep of the stock tables needs to stay cheap when they are large; as `tessera_infra`, after
   * the storages have made them, any number of times.
   */
  tune: Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const upkeep = sql.literal(_upkeep)
    yield* sql`CREATE INDEX IF NOT EXISTS cluster_messages_open ON cluster_messages (id) WHERE NOT processed`
    yield* sql`CREATE INDEX IF NOT EXISTS cluster_messages_journal
      ON cluster_messages (entity_id, entity_type) WHERE entity_type LIKE 'Workflow/%'`
    yield* sql`CREATE INDEX IF NOT EXISTS cluster_replies_suspended ON cluster_replies (request_id)
      WHERE payload LIKE '{"_tag":"Success","value":{"_tag":"Suspended"%'`
    yield* sql`ALTER TABLE cluster_messages SET (${upkeep})`
    yield* sql`ALTER TABLE cluster_replies SET (${upkeep})`
    yield* _sendMessage
  })
} as const

export { ClusterTables }
