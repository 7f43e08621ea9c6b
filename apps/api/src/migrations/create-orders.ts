import { SqlClient } from "@effect/sql"
import { TenantTable } from "@tessera/infra/tenancy/tenant-table"
import { Effect } from "effect"

/** 0004. Orders, their lines, and what was agreed with payment provider and carrier. */
const CreateOrders = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE order_numbers (
    tenant_id uuid PRIMARY KEY REFERENCES tenants (id),
    last      bigint NOT NULL DEFAULT 1000
  )`
  yield* sql`CREATE TABLE orders (
    tenant_id        uuid NOT NULL REFERENCES tenants (id),
    id               uuid NOT NULL,
    number           text NOT NULL,
    customer_id      uuid NOT NULL,
    status           text NOT NULL CHECK (status IN ('placed', 'reserved', 'authorised', 'captured', 'booked',
                       'fulfilled', 'cancelling', 'cancelled')),
    total_minor      bigint NOT NULL CHECK (total_minor >= 0),
    currency         text NOT NULL,
    payment_token    text NOT NULL,
    postcode         text NOT NULL,
    run              int NOT NULL DEFAULT 1,
    version          int NOT NULL DEFAULT 1,
    cancel_requested boolean NOT NULL DEFAULT false,
    reason           text,
    idempotency_key  text NOT NULL,
    request_hash     text NOT NULL,
    placed_at        timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, number),
    UNIQUE (tenant_id, idempotency_key),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id)
  ) WITH (fillfactor = 70)`
  yield* sql`CREATE INDEX orders_listed ON orders (tenant_id, placed_at DESC, id DESC)`
  yield* sql`CREATE INDEX orders_by_status ON orders (tenant_id, status, placed_at DESC, id DESC)`
  yield* sql`CREATE INDEX orders_by_customer ON orders (tenant_id, customer_id)`
  yield* sql`CREATE TABLE order_lines (
    tenant_id        uuid NOT NULL,
    order_id         uuid NOT NULL,
    line             int NOT NULL,
    product_id       uuid NOT NULL,
    sku              text NOT NULL,
    name             text NOT NULL,
    quantity         int NOT NULL CHECK (quantity > 0),
    unit_price_minor bigint NOT NULL CHECK (unit_price_minor >= 0),
    PRIMARY KEY (tenant_id, order_id, line),
    FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
  )`
  yield* sql`CREATE TABLE payments (
    tenant_id     uuid NOT NULL,
    order_id      uuid NOT NULL,
    run           int NOT NULL,
    provider_id   text,
    status        text NOT NULL CHECK (status IN ('authorised', 'captured', 'voided', 'refunded')),
    amount_minor  bigint NOT NULL CHECK (amount_minor >= 0),
    currency      text NOT NULL,
    captured_at   timestamptz,
    refunded_at   timestamptz,
    PRIMARY KEY (tenant_id, order_id, run),
    FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
  )`
  yield* sql`CREATE INDEX payments_captured ON payments (tenant_id, captured_at)
    WHERE captured_at IS NOT NULL`
  yield* sql`CREATE TABLE shipments (
    tenant_id     uuid NOT NULL,
    order_id      uuid NOT NULL,
    run           int NOT NULL,
    provider_id   text NOT NULL,
    tracking_code text NOT NULL,
    status        text NOT NULL CHECK (status IN ('booked', 'cancelled')),
    PRIMARY KEY (tenant_id, order_id, run),
    FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
  )`
  yield* TenantTable.protect("order_numbers", { infra: false })
  yield* TenantTable.protect("orders", { infra: false })
  yield* TenantTable.protect("order_lines", { infra: false })
  yield* TenantTable.protect("payments", { infra: false })
  yield* TenantTable.protect("shipments", { infra: false })
})

export { CreateOrders }
