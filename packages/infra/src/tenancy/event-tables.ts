import { SqlClient } from "@effect/sql"
import { Effect } from "effect"
import { TenantTable } from "./tenant-table.ts"

/**
 * What durable subscribers remember beside their place: failures, what they have given up, and which part of
 * the log they get once more. Payloads get the version of their schema; those that are there have the first.
 */
const EventTables = {
  extend: Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`ALTER TABLE events ADD COLUMN schema_version int NOT NULL DEFAULT 1
      CHECK (schema_version > 0)`
    yield* sql`ALTER TABLE event_cursors ADD COLUMN errors jsonb NOT NULL DEFAULT '[]',
      ADD COLUMN paused boolean NOT NULL DEFAULT false`
    yield* sql`CREATE TABLE event_dead_letters (
      tenant_id  uuid NOT NULL,
      id         uuid NOT NULL,
      subscriber text NOT NULL,
      event_id   uuid NOT NULL,
      seq        bigint NOT NULL,
      partition  smallint NOT NULL,
      status     text NOT NULL DEFAULT 'dead' CHECK (status IN ('dead', 'queued')),
      attempts   int NOT NULL,
      errors     jsonb NOT NULL,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (tenant_id, id),
      UNIQUE (tenant_id, subscriber, event_id),
      FOREIGN KEY (tenant_id, event_id) REFERENCES events (tenant_id, id)
    )`
    yield* sql`CREATE INDEX event_dead_letters_listed
      ON event_dead_letters (tenant_id, created_at DESC, id DESC)`
    yield* sql`CREATE INDEX event_dead_letters_queued ON event_dead_letters (partition, tenant_id)
      WHERE status = 'queued'`
    yield* sql`CREATE INDEX event_dead_letters_counted ON event_dead_letters (partition, subscriber)`
    yield* sql`CREATE TABLE event_replays (
      tenant_id   uuid NOT NULL,
      id          uuid NOT NULL,
      subscriber  text NOT NULL,
      partition   smallint NOT NULL,
      status      text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'done', 'stopped')),
      after_seq   bigint NOT NULL,
      position    bigint NOT NULL,
      until_seq   bigint NOT NULL,
      types       text[],
      per_second  int NOT NULL CHECK (per_second > 0),
      handled     int NOT NULL DEFAULT 0,
      failures    int NOT NULL DEFAULT 0,
      errors      jsonb NOT NULL DEFAULT '[]',
      last_error  text,
      next_due    timestamptz NOT NULL DEFAULT now(),
      created_by  text NOT NULL,
      created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
      finished_at timestamptz,
      PRIMARY KEY (tenant_id, id)
    )`
    yield* sql`CREATE UNIQUE INDEX event_replays_running ON event_replays (tenant_id, subscriber)
      WHERE status = 'running'`
    yield* sql`CREATE INDEX event_replays_due ON event_replays (partition, tenant_id)
      WHERE status = 'running'`
    yield* sql`CREATE INDEX event_replays_listed ON event_replays (tenant_id, subscriber, created_at DESC)`
    yield* TenantTable.protect("event_dead_letters", { infra: true })
    yield* TenantTable.protect("event_replays", { infra: true })
  })
} as const

export { EventTables }
