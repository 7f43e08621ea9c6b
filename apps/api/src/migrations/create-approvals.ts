import { SqlClient } from "@effect/sql"
import { SagaIndexes } from "@tessera/infra/tenancy/saga-indexes"
import { TenantTable } from "@tessera/infra/tenancy/tenant-table"
import { Effect } from "effect"

/**
 * 0012. Orders that wait for a person. Replicas of the version before know nothing of it: what they place
 * needs no approval, and what they carry out is not held up.
 */
const CreateApprovals = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE order_settings (
    tenant_id                uuid PRIMARY KEY REFERENCES tenants (id),
    approval_threshold_minor bigint CHECK (approval_threshold_minor >= 0),
    approval_seconds         int NOT NULL DEFAULT 86400 CHECK (approval_seconds BETWEEN 1 AND 2592000)
  )`
  yield* sql`CREATE TABLE approvals (
    tenant_id  uuid NOT NULL,
    order_id   uuid NOT NULL,
    run        int NOT NULL,
    status     text NOT NULL CHECK (status IN ('pending', 'approved', 'rejected', 'expired')),
    version    int NOT NULL DEFAULT 1,
    due_at     timestamptz NOT NULL,
    decided_by text,
    decided_at timestamptz,
    note       text,
    PRIMARY KEY (tenant_id, order_id, run),
    FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
  )`
  yield* sql`CREATE INDEX approvals_pending ON approvals (tenant_id, order_id) WHERE status = 'pending'`
  yield* sql`ALTER TABLE orders ADD COLUMN needs_approval boolean NOT NULL DEFAULT false`
  yield* SagaIndexes.add
  yield* TenantTable.protect("order_settings", { infra: false })
  yield* TenantTable.protect("approvals", { infra: false })
})

export { CreateApprovals }
