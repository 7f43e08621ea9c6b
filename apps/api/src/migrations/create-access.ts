import { SqlClient } from "@effect/sql"
import { TenantTable } from "@tessera/infra/tenancy/tenant-table"
import { Effect } from "effect"

/** 0002. Tenants, people, sessions and API keys; credentials are stored as hashes only. */
const CreateAccess = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE tenants (
    id         uuid PRIMARY KEY,
    slug       text NOT NULL UNIQUE,
    name       text NOT NULL,
    currency   text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  )`
  yield* sql`CREATE TABLE members (
    tenant_id     uuid NOT NULL REFERENCES tenants (id),
    id            uuid NOT NULL,
    email         text NOT NULL,
    name          text NOT NULL,
    role          text NOT NULL CHECK (role IN ('owner', 'admin', 'operator', 'viewer')),
    password_hash text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email)
  )`
  yield* sql`CREATE INDEX members_email ON members (email)`
  yield* sql`CREATE TABLE sessions (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL,
    member_id  uuid NOT NULL,
    token_hash text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, member_id) REFERENCES members (tenant_id, id) ON DELETE CASCADE
  )`
  yield* sql`CREATE UNIQUE INDEX sessions_token ON sessions (token_hash)`
  yield* sql`CREATE TABLE api_keys (
    tenant_id  uuid NOT NULL REFERENCES tenants (id),
    id         uuid NOT NULL,
    name       text NOT NULL,
    prefix     text NOT NULL,
    key_hash   text NOT NULL,
    role       text NOT NULL CHECK (role IN ('owner', 'admin', 'operator', 'viewer')),
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, id)
  )`
  yield* sql`CREATE UNIQUE INDEX api_keys_hash ON api_keys (key_hash)`
  yield* TenantTable.protect("tenants", { infra: true, key: "id" })
  yield* TenantTable.protect("members", { infra: true })
  yield* TenantTable.protect("sessions", { infra: true })
  yield* TenantTable.protect("api_keys", { infra: true })
})

export { CreateAccess }
