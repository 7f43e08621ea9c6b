import { SqlClient } from "@effect/sql"
import { TenantTable } from "@tessera/infra/tenancy/tenant-table"
import { Effect } from "effect"

/**
 * 0005. Imports, what they read and have yet to commit, the rows they rejected, and remembered column
 * mappings.
 */
const CreateImports = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE imports (
    tenant_id       uuid NOT NULL REFERENCES tenants (id),
    id              uuid NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('products', 'orders')),
    status          text NOT NULL CHECK (status IN ('uploaded', 'previewing', 'ready', 'committing',
                      'completed', 'failed', 'cancelled')),
    file_name       text NOT NULL,
    file_bytes      bigint NOT NULL,
    file_hash       text NOT NULL,
    object_key      text NOT NULL,
    autocommit      boolean NOT NULL,
    columns         jsonb NOT NULL DEFAULT '[]',
    mapping         jsonb NOT NULL DEFAULT '{}',
    mapping_chosen  boolean NOT NULL DEFAULT false,
    run             int NOT NULL DEFAULT 0,
    staged_row      int NOT NULL DEFAULT 0,
    units           int NOT NULL DEFAULT 0,
    committed_unit  int NOT NULL DEFAULT 0,
    rows            int NOT NULL DEFAULT 0,
    created         int NOT NULL DEFAULT 0,
    updated         int NOT NULL DEFAULT 0,
    skipped         int NOT NULL DEFAULT 0,
    rejected        int NOT NULL DEFAULT 0,
    percent         real NOT NULL DEFAULT 0,
    rows_per_second real NOT NULL DEFAULT 0,
    eta_seconds     real,
    error           text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    finished_at     timestamptz,
    PRIMARY KEY (tenant_id, id)
  )`
  yield* sql`CREATE INDEX imports_listed ON imports (tenant_id, created_at DESC, id DESC)`
  yield* sql`CREATE TABLE import_rejections (
    tenant_id uuid NOT NULL,
    import_id uuid NOT NULL,
    row       int NOT NULL,
    reason    text NOT NULL,
    cells     jsonb NOT NULL,
    PRIMARY KEY (tenant_id, import_id, row),
    FOREIGN KEY (tenant_id, import_id) REFERENCES imports (tenant_id, id) ON DELETE CASCADE
  )`
  yield* sql`CREATE TABLE import_lines (
    tenant_id uuid NOT NULL,
    import_id uuid NOT NULL,
    row       int NOT NULL,
    key       text NOT NULL,
    line      jsonb NOT NULL,
    PRIMARY KEY (tenant_id, import_id, row),
    FOREIGN KEY (tenant_id, import_id) REFERENCES imports (tenant_id, id) ON DELETE CASCADE
  )`
  yield* sql`CREATE TABLE import_units (
    tenant_id uuid NOT NULL,
    import_id uuid NOT NULL,
    place     int NOT NULL,
    key       text NOT NULL,
    lines     jsonb NOT NULL,
    PRIMARY KEY (tenant_id, import_id, place),
    FOREIGN KEY (tenant_id, import_id) REFERENCES imports (tenant_id, id) ON DELETE CASCADE
  )`
  yield* sql`CREATE TABLE import_mappings (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    kind      text NOT NULL,
    columns   jsonb NOT NULL,
    mapping   jsonb NOT NULL,
    PRIMARY KEY (tenant_id, kind)
  )`
  yield* TenantTable.protect("imports", { infra: false })
  yield* TenantTable.protect("import_rejections", { infra: false })
  yield* TenantTable.protect("import_lines", { infra: false })
  yield* TenantTable.protect("import_units", { infra: false })
  yield* TenantTable.protect("import_mappings", { infra: false })
})

export { CreateImports }
