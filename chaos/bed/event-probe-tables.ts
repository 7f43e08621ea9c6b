const protect = (table: string) => `
  ALTER TABLE app.${table} ENABLE ROW LEVEL SECURITY;
  ALTER TABLE app.${table} FORCE ROW LEVEL SECURITY;
  CREATE POLICY ${table}_tenant ON app.${table} TO tessera_app
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
  GRANT SELECT, INSERT, UPDATE ON app.${table} TO tessera_app;`

/**
 * What the probe of events writes in the very transactions that emit: what stands in `chaos_emitted` was committed, whatever
 * its caller was told. `chaos_seen` is a durable subscriber's book; it takes an event twice if it is shown it twice.
 */
const EventProbeTables = {
  create: `
  CREATE TABLE app.chaos_aggregates (tenant_id uuid NOT NULL, id uuid NOT NULL, version int NOT NULL,
    PRIMARY KEY (tenant_id, id));
  CREATE TABLE app.chaos_emitted (tenant_id uuid NOT NULL, tx text NOT NULL, place int NOT NULL,
    aggregate_id uuid NOT NULL, version int NOT NULL, PRIMARY KEY (tenant_id, tx, place));
  CREATE TABLE app.chaos_seen (position bigint GENERATED ALWAYS AS IDENTITY, tenant_id uuid NOT NULL,
    seq bigint NOT NULL, event_id uuid NOT NULL, owner text NOT NULL);
  CREATE INDEX ON app.chaos_seen (tenant_id, position);
  ${["chaos_aggregates", "chaos_emitted", "chaos_seen"].map(protect).join("")}`
} as const

export { EventProbeTables }
