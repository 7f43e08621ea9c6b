import { PostgresClient } from "../../scripts/launcher/postgres-client.ts"

const _shown = 20

/** Text of a row that is still under way, by what it is. Webhooks of a disabled endpoint wait for a person, not for us. */
const _statement = `
  SELECT 'event ' || id || ' (' || type || ') has no number' AS row FROM events WHERE seq IS NULL
  UNION ALL SELECT 'subscriber ' || c.subscriber || ' of ' || c.tenant_id || ' is at ' || c.seq || ' of ' || h.seq
    FROM event_cursors c JOIN event_heads h USING (tenant_id) WHERE c.seq < h.seq
  UNION ALL SELECT 'job ' || id || ' (' || name || ' ' || payload || ') is ' || status
    FROM jobs WHERE status IN ('queued', 'running')
  UNION ALL SELECT 'order ' || id || ' is ' || status FROM orders o
    WHERE status NOT IN ('fulfilled', 'cancelled') AND NOT EXISTS (SELECT 1 FROM approvals a
      WHERE a.tenant_id = o.tenant_id AND a.order_id = o.id AND a.status = 'pending')
  UNION ALL SELECT 'reservation ' || id || ' is held past its time' FROM reservations
    WHERE status = 'held' AND expires_at <= now()
  UNION ALL SELECT 'refund ' || id || ' is ' || status FROM refunds WHERE status = 'requested'
  UNION ALL SELECT 'import ' || id || ' is ' || status FROM imports
    WHERE status IN ('uploaded', 'previewing', 'committing')
  UNION ALL SELECT 'delivery ' || d.id || ' of ' || d.type || ' is pending after ' || d.attempts || ' attempts'
    FROM webhook_deliveries d JOIN webhook_endpoints e ON e.tenant_id = d.tenant_id AND e.id = d.endpoint_id
    WHERE d.status = 'pending' AND e.enabled`

/** What a quiet system has none of, and where each log of events ends. */
const Leftovers = {
  /** At most 20 rows, a text each; the last says how many more there are. */
  read: async (databaseUrl: string): Promise<ReadonlyArray<string>> => {
    const rows = (await Leftovers.query(databaseUrl, `${_statement} ORDER BY 1`)) as ReadonlyArray<{
      readonly row: string
    }>
    const more = rows.length - _shown
    return [...rows.slice(0, _shown).map(({ row }) => row), ...(more > 0 ? [`and ${more} more`] : [])]
  },
  /** Last sequence number by slug. */
  heads: async (databaseUrl: string): Promise<ReadonlyMap<string, number>> => {
    const rows = (await Leftovers.query(
      databaseUrl,
      "SELECT t.slug, h.seq::float8 AS seq FROM event_heads h JOIN tenants t ON t.id = h.tenant_id"
    )) as ReadonlyArray<{ readonly slug: string; readonly seq: number }>
    return new Map(rows.map(({ seq, slug }) => [slug, seq]))
  },
  query: (databaseUrl: string, statement: string): Promise<ReadonlyArray<unknown>> => {
    const url = new URL(databaseUrl)
    // The superuser has no search path of ours.
    url.searchParams.set("options", "-c search_path=app")
    return PostgresClient.query(url.href, statement)
  }
}

export { Leftovers }
