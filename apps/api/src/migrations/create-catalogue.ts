import { SqlClient } from "@effect/sql"
import { TenantTable } from "@tessera/infra/tenancy/tenant-table"
import { Effect } from "effect"

/** 0003. Products with their stock, the stock ledger, customers. */
const CreateCatalogue = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE products (
    tenant_id   uuid NOT NULL REFERENCES tenants (id),
    id          uuid NOT NULL,
    sku         text NOT NULL,
    name        text NOT NULL,
    price_minor bigint NOT NULL CHECK (price_minor >= 0),
    currency    text NOT NULL,
    initial     bigint NOT NULL DEFAULT 0 CHECK (initial >= 0),
    restocked   bigint NOT NULL DEFAULT 0 CHECK (restocked >= 0),
    available   bigint NOT NULL DEFAULT 0 CHECK (available >= 0),
    reserved    bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    sold        bigint NOT NULL DEFAULT 0 CHECK (sold >= 0),
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, sku),
    CONSTRAINT products_stock_conserved CHECK (available + reserved + sold = initial + restocked)
  ) WITH (fillfactor = 70)`
  yield* sql`CREATE TABLE stock_ledger (
    tenant_id  uuid NOT NULL,
    product_id uuid NOT NULL,
    cause      text NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('initial', 'restock', 'reserve', 'release', 'sell', 'return')),
    quantity   bigint NOT NULL CHECK (quantity > 0),
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, cause, kind, product_id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
  )`
  yield* sql`CREATE INDEX stock_ledger_product ON stock_ledger (tenant_id, product_id)`
  yield* sql`CREATE TABLE customers (
    tenant_id  uuid NOT NULL REFERENCES tenants (id),
    id         uuid NOT NULL,
    reference  text NOT NULL,
    name       text NOT NULL,
    country    text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, reference)
  )`
  yield* TenantTable.protect("products", { infra: false })
  yield* TenantTable.protect("stock_ledger", { infra: false })
  yield* TenantTable.protect("customers", { infra: false })
})

export { CreateCatalogue }
