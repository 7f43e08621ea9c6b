import { SqlClient } from "@effect/sql"
import { TenantTable } from "@tessera/infra/tenancy/tenant-table"
import { Effect } from "effect"

/**
 * 0013. Refunds of fulfilled orders, and how much of each payment went back. Replicas of the version before
 * go on: they know no refund, and the only payments that they move are those of orders in flight, which have
 * none. What they pay back while they undo an order is noted as a whole by a trigger, because they do not
 * know the column. They cannot carry out a refund: ask for the first one when the last of them is gone.
 *
 * `payments.refunded_at` stays the time at which an order that was undone got its money back; of a refund its
 * own row says when it was paid.
 */
const CreateRefunds = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* _extendPayments
  yield* sql`CREATE TABLE refunds (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    order_id        uuid NOT NULL,
    run             int NOT NULL,
    status          text NOT NULL CHECK (status IN ('requested', 'paid', 'refused')),
    version         int NOT NULL DEFAULT 1,
    amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
    currency        text NOT NULL,
    note            text,
    requested_by    text NOT NULL,
    requested_at    timestamptz NOT NULL DEFAULT now(),
    ended_at        timestamptz CONSTRAINT refunds_ended CHECK ((ended_at IS NULL) = (status = 'requested')),
    failure         text CONSTRAINT refunds_failed CHECK ((failure IS NOT NULL) = (status = 'refused')),
    idempotency_key text NOT NULL,
    request_hash    text NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, idempotency_key),
    FOREIGN KEY (tenant_id, order_id, run) REFERENCES payments (tenant_id, order_id, run)
  )`
  yield* sql`CREATE INDEX refunds_of_order ON refunds (tenant_id, order_id)`
  yield* sql`CREATE INDEX refunds_paid ON refunds (tenant_id, ended_at) WHERE status = 'paid'`
  yield* sql`CREATE TABLE refund_lines (
    tenant_id  uuid NOT NULL,
    refund_id  uuid NOT NULL,
    product_id uuid NOT NULL,
    sku        text NOT NULL,
    quantity   int NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (tenant_id, refund_id, product_id),
    FOREIGN KEY (tenant_id, refund_id) REFERENCES refunds (tenant_id, id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
  )`
  yield* TenantTable.protect("refunds", { infra: false })
  yield* TenantTable.protect("refund_lines", { infra: false })
})

const _extendPayments = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`ALTER TABLE payments DROP CONSTRAINT payments_status_check`
  yield* sql`ALTER TABLE payments ADD CONSTRAINT payments_status_check
    CHECK (status IN ('authorised', 'captured', 'voided', 'partially_refunded', 'refunded'))`
  yield* sql`ALTER TABLE payments ADD COLUMN refunded_minor bigint NOT NULL DEFAULT 0
    CONSTRAINT payments_refunded_in_bounds CHECK (refunded_minor BETWEEN 0 AND amount_minor)`
  // The policies hide every row from the owner, too, unless it is told that they do not hold for it.
  yield* sql`ALTER TABLE payments NO FORCE ROW LEVEL SECURITY`
  yield* sql`UPDATE payments SET refunded_minor = amount_minor WHERE status = 'refunded'`
  yield* sql`ALTER TABLE payments FORCE ROW LEVEL SECURITY`
  yield* sql`CREATE FUNCTION refunded_as_a_whole() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN NEW.refunded_minor := NEW.amount_minor; RETURN NEW; END'`
  yield* sql`CREATE TRIGGER payments_refunded BEFORE INSERT OR UPDATE ON payments
    FOR EACH ROW WHEN (NEW.status = 'refunded') EXECUTE FUNCTION refunded_as_a_whole()`
})

export { CreateRefunds }
