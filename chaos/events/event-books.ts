import { type ChaosFleet } from "../bed/chaos-fleet.ts"
import { type DeliveryChecks } from "../checker/delivery-checks.ts"
import { type EventTenants } from "./event-tenants.ts"

type Row = DeliveryChecks.Event

const columns = `e.seq::float8 AS seq, e.id, e.aggregate_id AS "aggregateId", e.version,
  coalesce(e.payload ->> 'sku', '') AS sku`
/** Rows in one answer: an answer must come before the statement's deadline. */
const page = 20_000

/** What the database knows of the events of a tenant. */
const EventBooks = {
  log: async (fleet: ChaosFleet, { id, slug }: EventTenants.Tenant): Promise<DeliveryChecks.Log> => {
    const events: Array<DeliveryChecks.Event> = []
    for (let rows: ReadonlyArray<Row> | undefined; rows === undefined || rows.length === page; ) {
      rows = await fleet.sql<Row>(
        `SELECT ${columns} FROM events e WHERE tenant_id = $1 AND seq > $2 ORDER BY seq LIMIT ${page}`,
        [id, events.at(-1)?.seq ?? 0]
      )
      events.push(...rows)
    }
    const [row] = await fleet.sql<{ readonly head: number; readonly open: number }>(
      `SELECT coalesce((SELECT seq FROM event_heads WHERE tenant_id = $1), 0)::float8 AS head,
         (SELECT count(*) FROM events WHERE tenant_id = $1 AND seq IS NULL)::int AS open`,
      [id]
    )
    return { slug, events, head: row?.head ?? -1, withoutNumber: row?.open ?? -1 }
  },

  emitted: async (
    fleet: ChaosFleet,
    { id, slug }: EventTenants.Tenant,
    prefix: string
  ): Promise<ReadonlyArray<DeliveryChecks.Emitted>> => {
    const rows = await fleet.sql<Omit<DeliveryChecks.Emitted, "slug">>(
      `SELECT tx || '/' || place AS sku, aggregate_id AS "aggregateId", version FROM chaos_emitted
       WHERE tenant_id = $1 AND tx LIKE $2 || '%'`,
      [id, prefix]
    )
    return rows.map((row) => ({ ...row, slug }))
  },

  /** What the durable subscriber was shown after a number, in the order in which its transactions wrote it down. */
  handled: (
    fleet: ChaosFleet,
    { id }: EventTenants.Tenant,
    after: number
  ): Promise<ReadonlyArray<DeliveryChecks.Event>> =>
    fleet.sql<DeliveryChecks.Event>(
      `SELECT ${columns.replace("e.seq", "s.seq")} FROM chaos_seen s
       JOIN events e ON e.tenant_id = s.tenant_id AND e.id = s.event_id
       WHERE s.tenant_id = $1 AND s.seq > $2 ORDER BY s.position`,
      [id, after]
    ),

  head: async (fleet: ChaosFleet, { id }: EventTenants.Tenant): Promise<number> => {
    const [row] = await fleet.sql<{ readonly seq: number }>(
      "SELECT coalesce(max(seq), 0)::float8 AS seq FROM event_heads WHERE tenant_id = $1",
      [id]
    )
    return row?.seq ?? 0
  },

  /** The number of the last event that the durable subscriber wrote down. */
  handledTo: async (fleet: ChaosFleet, { id }: EventTenants.Tenant): Promise<number> => {
    const [row] = await fleet.sql<{ readonly seq: number }>(
      "SELECT coalesce(max(seq), 0)::float8 AS seq FROM chaos_seen WHERE tenant_id = $1",
      [id]
    )
    return row?.seq ?? 0
  }
} as const

export { EventBooks }
