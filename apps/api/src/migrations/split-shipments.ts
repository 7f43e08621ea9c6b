import { SqlClient } from "@effect/sql"
import { TenantTable } from "@tessera/infra/tenancy/tenant-table"
import { Effect } from "effect"

/**
 * 0014. Orders in several parcels. The first parcel stays the row of `shipments`, under the key that it has:
 * replicas of the version before insert with `ON CONFLICT (tenant_id, order_id, run)` and read one row for a
 * run, and both would fail as soon as there were more. They know nothing of the other parcels, so a tenant
 * may ask for parcels (`parcelUnits`) only when the last of them is gone: they would book the first parcel
 * alone, and cancel it alone. An order of one parcel is to them what it was.
 */
const SplitShipments = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`ALTER TABLE order_settings ADD COLUMN parcel_units int CHECK (parcel_units BETWEEN 1 AND 100000)`
  yield* sql`ALTER TABLE orders ADD COLUMN parcel_units int CHECK (parcel_units > 0)`
  yield* sql`CREATE TABLE further_shipments (
    tenant_id     uuid NOT NULL,
    order_id      uuid NOT NULL,
    run           int NOT NULL,
    parcel        int NOT NULL CHECK (parcel > 1),
    provider_id   text NOT NULL,
    tracking_code text NOT NULL,
    status        text NOT NULL CHECK (status IN ('booked', 'cancelled')),
    version       int NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, order_id, run, parcel),
    FOREIGN KEY (tenant_id, order_id, run) REFERENCES shipments (tenant_id, order_id, run)
  )`
  yield* sql`CREATE TABLE shipment_lines (
    tenant_id uuid NOT NULL,
    order_id  uuid NOT NULL,
    run       int NOT NULL,
    parcel    int NOT NULL CHECK (parcel > 0),
    line      int NOT NULL,
    quantity  int NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (tenant_id, order_id, run, parcel, line),
    FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
  )`
  yield* TenantTable.protect("further_shipments", { infra: false })
  yield* TenantTable.protect("shipment_lines", { infra: false })
})

export { SplitShipments }
