/**
 * What crons, singletons and probes of the test bed write down about their own runs, one row each: the checker holds it
 * against `cron_ticks` and looks for fences that fall. A checker without the table checks less.
 */
const ChaosLog = {
  /** `scheduled_at` and `attempt` are a cron's, `value` is a singleton's state after its run; a probe has no fence. */
  create: `
  CREATE TABLE app.chaos_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text NOT NULL, name text NOT NULL,
    scheduled_at timestamptz, attempt int NOT NULL DEFAULT 1, owner text NOT NULL, fence bigint, value bigint,
    at timestamptz NOT NULL DEFAULT clock_timestamp());
  CREATE UNIQUE INDEX ON app.chaos_log (name, scheduled_at, attempt) WHERE kind = 'cron';
  CREATE INDEX ON app.chaos_log (kind, name);
  GRANT SELECT, INSERT ON app.chaos_log TO tessera_infra;`
} as const

export { ChaosLog }
