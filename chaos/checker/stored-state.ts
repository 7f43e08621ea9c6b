import { Leftovers } from "../workload/leftovers.ts"

declare namespace StoredState {
  interface Order {
    readonly tenant: string
    readonly id: string
    readonly number: string
    readonly key: string
    readonly status: string
    readonly totalMinor: number
    readonly cancelRequested: boolean
    readonly run: number
    readonly placedAt: number
    /** `sku×quantity`, sorted. */
    readonly lines: string
  }
  interface Reservation {
    readonly tenant: string
    readonly id: string
    readonly key: string
    readonly status: string
  }
  interface Refund {
    readonly tenant: string
    readonly id: string
    readonly orderId: string
    readonly key: string
    readonly status: string
    readonly amountMinor: number
    readonly requestedAt: number
    /** `sku×quantity`, sorted; empty when nothing comes back. */
    readonly returns: string
  }
  interface Restock {
    readonly tenant: string
    readonly productId: string
    readonly quantity: number
    readonly cause: string
    readonly at: number
  }
  interface Import {
    readonly tenant: string
    readonly id: string
    readonly fileName: string
    readonly status: string
    readonly rows: number
    readonly created: number
    readonly skipped: number
    readonly rejected: number
  }
  interface Event {
    readonly tenant: string
    readonly seq: number
    readonly id: string
    readonly type: string
    readonly aggregateId: string
    readonly version: number
  }
  interface Delivery {
    readonly tenant: string
    readonly id: string
    /** Last part of the endpoint's URL. */
    readonly path: string
    readonly messageId: string
    readonly status: string
  }
}

/** Rows that are held against what clients and receivers saw; read as superuser, nothing is written. */
const StoredState = {
  /** But the seed's, which nobody placed. */
  orders: (url: string) =>
    read<StoredState.Order>(
      url,
      `SELECT t.slug AS tenant, o.id, o.number, o.idempotency_key AS key, o.status,
         o.total_minor::float8 AS "totalMinor", o.cancel_requested AS "cancelRequested", o.run,
         extract(epoch FROM o.placed_at)::float8 * 1000 AS "placedAt",
         (SELECT string_agg(sku || '×' || quantity, ' ' ORDER BY sku COLLATE "C", quantity) FROM order_lines l
          WHERE l.tenant_id = o.tenant_id AND l.order_id = o.id) AS lines
       FROM orders o JOIN tenants t ON t.id = o.tenant_id WHERE o.idempotency_key NOT LIKE 'seed:%'`
    ),
  reservations: (url: string) =>
    read<StoredState.Reservation>(
      url,
      `SELECT t.slug AS tenant, r.id, r.idempotency_key AS key, r.status
       FROM reservations r JOIN tenants t ON t.id = r.tenant_id`
    ),
  refunds: (url: string) =>
    read<StoredState.Refund>(
      url,
      `SELECT t.slug AS tenant, r.id, r.order_id AS "orderId", r.idempotency_key AS key, r.status,
         r.amount_minor::float8 AS "amountMinor", extract(epoch FROM r.requested_at)::float8 * 1000 AS "requestedAt",
         coalesce((SELECT string_agg(sku || '×' || quantity, ' ' ORDER BY sku COLLATE "C") FROM refund_lines l
          WHERE l.tenant_id = r.tenant_id AND l.refund_id = r.id), '') AS returns
       FROM refunds r JOIN tenants t ON t.id = r.tenant_id`
    ),
  restocks: (url: string) =>
    read<StoredState.Restock>(
      url,
      `SELECT t.slug AS tenant, l.product_id AS "productId", l.quantity::float8 AS quantity, l.cause,
         extract(epoch FROM l.at)::float8 * 1000 AS at
       FROM stock_ledger l JOIN tenants t ON t.id = l.tenant_id WHERE l.kind = 'restock'`
    ),
  imports: (url: string) =>
    read<StoredState.Import>(
      url,
      `SELECT t.slug AS tenant, i.id, i.file_name AS "fileName", i.status, i.rows, i.created, i.skipped, i.rejected
       FROM imports i JOIN tenants t ON t.id = i.tenant_id`
    ),
  events: (url: string) =>
    read<StoredState.Event>(
      url,
      `SELECT t.slug AS tenant, e.seq::float8 AS seq, e.id, e.type, e.aggregate_id AS "aggregateId", e.version
       FROM events e JOIN tenants t ON t.id = e.tenant_id WHERE e.seq IS NOT NULL ORDER BY e.tenant_id, e.seq`
    ),
  deliveries: (url: string) =>
    read<StoredState.Delivery>(
      url,
      `SELECT t.slug AS tenant, d.id, regexp_replace(e.url, '^.*/', '') AS path, d.message_id AS "messageId", d.status
       FROM webhook_deliveries d
       JOIN webhook_endpoints e ON e.tenant_id = d.tenant_id AND e.id = d.endpoint_id
       JOIN tenants t ON t.id = d.tenant_id`
    ),
  /** Of these tables, those that this database has. */
  tables: async (url: string, names: ReadonlyArray<string>): Promise<ReadonlySet<string>> => {
    const rows = await read<{ readonly name: string }>(
      url,
      `SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname IN ('app', 'cluster')`
    )
    const all = new Set(rows.map(({ name }) => name))
    return new Set(names.filter((name) => all.has(name)))
  },
  tenantTables: async (url: string): Promise<ReadonlyArray<string>> => {
    const rows = await read<{ readonly name: string }>(
      url,
      `SELECT table_name AS name FROM information_schema.columns
       WHERE table_schema = 'app' AND column_name = 'tenant_id' ORDER BY 1`
    )
    return rows.map(({ name }) => name)
  }
}

const read = async <Row>(url: string, statement: string): Promise<ReadonlyArray<Row>> =>
  (await Leftovers.query(url, statement)) as ReadonlyArray<Row>

export { StoredState }
