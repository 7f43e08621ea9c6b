import { SqlClient } from "@effect/sql"
import { Effect } from "effect"
import { TenantTable } from "./tenant-table.ts"

const _lanes = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE lane_partitions (
    partition smallint PRIMARY KEY CHECK (partition BETWEEN 0 AND 63),
    epoch     bigint NOT NULL DEFAULT 0,
    owner     text NOT NULL DEFAULT ''
  )`
  yield* sql`INSERT INTO lane_partitions (partition) SELECT generate_series(0, 63)`
  // FOR SHARE needs a column that may be updated; the app role fences its own writes but cannot move an
  // epoch.
  yield* sql`GRANT SELECT, UPDATE (owner) ON lane_partitions TO tessera_app`
  yield* sql`GRANT SELECT, UPDATE ON lane_partitions TO tessera_infra`
})

const _events = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE events (
    tenant_id      uuid NOT NULL,
    id             uuid NOT NULL,
    position       bigint GENERATED ALWAYS AS IDENTITY,
    seq            bigint,
    partition      smallint NOT NULL,
    type           text NOT NULL,
    aggregate_id   text NOT NULL,
    version        int NOT NULL,
    payload        jsonb NOT NULL,
    request_id     text NOT NULL,
    occurred_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, id)
  )`
  yield* sql`CREATE UNIQUE INDEX events_seq ON events (tenant_id, seq) WHERE seq IS NOT NULL`
  yield* sql`CREATE UNIQUE INDEX events_aggregate ON events (tenant_id, aggregate_id, version)
    WHERE version > 0`
  yield* sql`CREATE INDEX events_outbox ON events (partition, tenant_id, position) WHERE seq IS NULL`
  yield* sql`CREATE TABLE event_heads (
    tenant_id uuid PRIMARY KEY,
    partition smallint NOT NULL,
    seq       bigint NOT NULL DEFAULT 0
  )`
  yield* sql`CREATE TABLE event_cursors (
    tenant_id  uuid NOT NULL,
    subscriber text NOT NULL,
    seq        bigint NOT NULL DEFAULT 0,
    failures   int NOT NULL DEFAULT 0,
    next_due   timestamptz NOT NULL DEFAULT now(),
    last_error text,
    PRIMARY KEY (tenant_id, subscriber)
  )`
  yield* TenantTable.protect("events", { infra: true })
  yield* TenantTable.protect("event_heads", { infra: true })
  yield* TenantTable.protect("event_cursors", { infra: true })
})

const _jobs = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE jobs (
    tenant_id     uuid NOT NULL,
    id            uuid NOT NULL,
    queue         text NOT NULL,
    name          text NOT NULL,
    lane          text NOT NULL,
    partition     smallint NOT NULL,
    payload       jsonb NOT NULL,
    actor         jsonb NOT NULL,
    status        text NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'dead', 'cancelled')),
    attempts      int NOT NULL DEFAULT 0,
    max_attempts  int NOT NULL,
    dedupe_key    text,
    claimed_epoch bigint,
    next_due      timestamptz,
    errors        jsonb NOT NULL DEFAULT '[]',
    last_error    text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    finished_at   timestamptz,
    PRIMARY KEY (tenant_id, id)
  ) WITH (fillfactor = 80)`
  yield* sql`CREATE INDEX jobs_due ON jobs (partition, next_due) WHERE next_due IS NOT NULL`
  yield* sql`CREATE INDEX jobs_lane ON jobs (lane, next_due, id) WHERE next_due IS NOT NULL`
  yield* sql`CREATE UNIQUE INDEX jobs_dedupe ON jobs (tenant_id, name, dedupe_key)
    WHERE dedupe_key IS NOT NULL AND status IN ('queued', 'running')`
  yield* sql`CREATE INDEX jobs_listed ON jobs (tenant_id, created_at DESC, id DESC)`
  yield* TenantTable.protect("jobs", { infra: true })
})

const _sagas = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE saga_steps (
    tenant_id  uuid NOT NULL,
    saga       text NOT NULL,
    key        text NOT NULL,
    ordinal    bigint GENERATED ALWAYS AS IDENTITY,
    step       text NOT NULL,
    direction  text NOT NULL CHECK (direction IN ('forward', 'compensate')),
    attempt    int NOT NULL,
    replica    text NOT NULL,
    outcome    text NOT NULL CHECK (outcome IN ('running', 'succeeded', 'failed')),
    error      text,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at   timestamptz,
    PRIMARY KEY (tenant_id, saga, key, step, direction, attempt)
  )`
  yield* TenantTable.protect("saga_steps", { infra: false })
})

const _webhooks = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE webhook_endpoints (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    url             text NOT NULL,
    description     text NOT NULL DEFAULT '',
    types           text[] NOT NULL,
    secret          text NOT NULL,
    enabled         boolean NOT NULL DEFAULT true,
    disabled_reason text,
    failing_since   timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
  )`
  yield* sql`CREATE TABLE webhook_deliveries (
    tenant_id        uuid NOT NULL,
    id               uuid NOT NULL,
    endpoint_id      uuid NOT NULL,
    partition        smallint NOT NULL,
    message_id       text NOT NULL,
    type             text NOT NULL,
    body             text NOT NULL,
    status           text NOT NULL CHECK (status IN ('pending', 'delivered', 'dead')),
    attempts         int NOT NULL DEFAULT 0,
    claimed_epoch    bigint,
    next_due         timestamptz,
    last_status_code int,
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, endpoint_id) REFERENCES webhook_endpoints (tenant_id, id) ON DELETE CASCADE,
    UNIQUE (tenant_id, endpoint_id, message_id)
  ) WITH (fillfactor = 80)`
  yield* sql`CREATE INDEX webhook_deliveries_due ON webhook_deliveries (partition, next_due)
    WHERE next_due IS NOT NULL`
  yield* sql`CREATE INDEX webhook_deliveries_lane ON webhook_deliveries (endpoint_id, next_due, id)
    WHERE next_due IS NOT NULL`
  yield* sql`CREATE INDEX webhook_deliveries_listed
    ON webhook_deliveries (tenant_id, created_at DESC, id DESC)`
  yield* sql`CREATE TABLE webhook_attempts (
    tenant_id      uuid NOT NULL,
    delivery_id    uuid NOT NULL,
    attempt        int NOT NULL,
    at             timestamptz NOT NULL,
    latency_millis int NOT NULL,
    status_code    int,
    error          text,
    response_body  text NOT NULL,
    PRIMARY KEY (tenant_id, delivery_id, attempt, at),
    FOREIGN KEY (tenant_id, delivery_id) REFERENCES webhook_deliveries (tenant_id, id) ON DELETE CASCADE
  )`
  yield* TenantTable.protect("webhook_endpoints", { infra: true })
  yield* TenantTable.protect("webhook_deliveries", { infra: true })
  yield* TenantTable.protect("webhook_attempts", { infra: true })
})

/** The tables that the mechanisms of this package stand on; an app's first migration runs it. */
const InfraTables = {
  create: Effect.all([_lanes, _events, _jobs, _sagas, _webhooks], { discard: true })
} as const

export { InfraTables }
