import { SqlClient } from "@effect/sql"
import { TenantTable } from "@tessera/infra/tenancy/tenant-table"
import { Effect } from "effect"

/**
 * 0015. Stock that is kept for a time. Replicas of the version before know nothing of it: they find less
 * available, and more reserved.
 */
const CreateReservations = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE reservations (
    tenant_id       uuid NOT NULL REFERENCES tenants (id),
    id              uuid NOT NULL,
    status          text NOT NULL CHECK (status IN ('held', 'taken', 'released', 'expired')),
    version         int NOT NULL DEFAULT 1,
    expires_at      timestamptz NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    created_by      text NOT NULL,
    idempotency_key text NOT NULL,
    request_hash    text NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, idempotency_key)
  ) WITH (fillfactor = 70)`
  yield* sql`CREATE INDEX reservations_held ON reservations (tenant_id, id) WHERE status = 'held'`
  yield* sql`CREATE TABLE reservation_lines (
    tenant_id      uuid NOT NULL,
    reservation_id uuid NOT NULL,
    line           int NOT NULL,
    product_id     uuid NOT NULL,
    sku            text NOT NULL,
    quantity       bigint NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (tenant_id, reservation_id, line),
    UNIQUE (tenant_id, reservation_id, product_id),
    FOREIGN KEY (tenant_id, reservation_id) REFERENCES reservations (tenant_id, id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
  )`
  yield* TenantTable.protect("reservations", { infra: false })
  yield* TenantTable.protect("reservation_lines", { infra: false })
})

export { CreateReservations }
