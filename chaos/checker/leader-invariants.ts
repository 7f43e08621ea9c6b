import { VerifyCheck } from "../../apps/api/src/verify/verify-check.ts"

declare namespace LeaderInvariants {
  interface Options {
    /** Of `app.cron_ticks`, `app.cluster_singletons`, `app.chaos_log`, `cluster.cluster_messages`: those that exist. */
    readonly tables: ReadonlySet<string>
    readonly crons: ReadonlyArray<{ readonly name: string; readonly everySeconds: number }>
  }
}

/** Fewer distances say nothing about the commonest. */
const _enough = 4

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`

/** The distance of ticks as it was told, or else as most of them have it. */
const stepsOf = (crons: LeaderInvariants.Options["crons"]): string => {
  const told = crons.map(
    ({ everySeconds, name }) => `(${literal(name)}, ${everySeconds} * interval '1 second')`
  )
  const names = crons.map(({ name }) => literal(name)).join(", ")
  return `gaps AS (
    SELECT name, scheduled_at, lag(scheduled_at) OVER (PARTITION BY name ORDER BY scheduled_at) AS before
    FROM cron_ticks
  ), steps AS (
    SELECT name, mode() WITHIN GROUP (ORDER BY scheduled_at - before) AS step FROM gaps
    WHERE before IS NOT NULL ${names === "" ? "" : `AND name NOT IN (${names})`}
    GROUP BY name HAVING count(*) >= ${_enough}
    ${told.length === 0 ? "" : `UNION ALL SELECT * FROM (VALUES ${told.join(", ")}) told (name, step)`}
  )`
}

const cronTicks = (crons: LeaderInvariants.Options["crons"]) => [
  new VerifyCheck(
    "I13",
    "no tick of a cron is missing",
    `WITH ${stepsOf(crons)}
     SELECT 'cron ' || name || ': nothing between ' || before || ' and ' || scheduled_at || ', every ' || step AS witness
     FROM gaps JOIN steps USING (name) WHERE scheduled_at - before > step`
  ),
  new VerifyCheck(
    "I13",
    "no tick of a cron is there twice or between the times",
    `WITH ${stepsOf(crons)}
     SELECT 'cron ' || name || ': ' || before || ' and ' || scheduled_at || ', every ' || step AS witness
     FROM gaps JOIN steps USING (name) WHERE scheduled_at - before < step`
  ),
  new VerifyCheck(
    "I13",
    "a tick that was run has ended",
    `SELECT 'cron ' || name || ', ' || scheduled_at || ' on ' || coalesce(ran_on, 'nobody') || ': ' || outcome AS witness
     FROM cron_ticks WHERE (outcome = 'running' AND started_at < now() - interval '60 seconds')
       OR (outcome IN ('done', 'failed') AND (ran_on IS NULL OR ended_at IS NULL OR attempts < 1))`
  ),
  new VerifyCheck(
    "I11",
    "no tick was begun under a lower fence than one before it",
    `SELECT 'cron ' || name || ', ' || scheduled_at || ': fence ' || fence || ' after ' || highest AS witness
     FROM (SELECT name, scheduled_at, fence, max(fence) OVER (PARTITION BY name ORDER BY started_at
             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS highest FROM cron_ticks) begun
     WHERE fence < highest`
  )
]

const singletons = [
  new VerifyCheck(
    "I11",
    "no tick carries a fence that its leadership has not reached",
    `SELECT 'cron ' || t.name || ', ' || t.scheduled_at || ': fence ' || t.fence || ' of ' || s.fence AS witness
     FROM cron_ticks t JOIN cluster_singletons s USING (name) WHERE t.fence > s.fence`
  )
]

const log = [
  new VerifyCheck(
    "I11",
    "what a leader writes carries a fence that never falls",
    `SELECT kind || ' ' || name || ': row ' || id || ' of ' || owner || ' has fence ' || fence || ' after ' || highest
       AS witness
     FROM (SELECT *, max(fence) OVER (PARTITION BY kind, name ORDER BY id
             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS highest
           FROM chaos_log WHERE kind IN ('cron', 'singleton')) written
     WHERE fence < highest`
  ),
  new VerifyCheck(
    "I11",
    "one fence has one owner",
    `SELECT kind || ' ' || name || ': fence ' || fence || ' of ' || string_agg(DISTINCT owner, ' and ') AS witness
     FROM chaos_log WHERE fence IS NOT NULL GROUP BY kind, name, fence HAVING count(DISTINCT owner) > 1`
  ),
  new VerifyCheck(
    "I11",
    "the state of a singleton goes on where it was saved",
    `SELECT 'singleton ' || name || ': row ' || id || ' has ' || value || ' after ' || before AS witness
     FROM (SELECT *, lag(value) OVER (PARTITION BY name ORDER BY id) AS before FROM chaos_log
           WHERE kind = 'singleton') written
     WHERE value < before OR value > before + 1`
  )
]

const loggedTicks = [
  new VerifyCheck(
    "I13",
    "a tick ran once for each of its attempts at most",
    `SELECT 'cron ' || l.name || ', ' || l.scheduled_at || ': ran ' || count(*) || ' times on '
       || string_agg(l.owner, ', ' ORDER BY l.id) || ', attempts ' || coalesce(max(t.attempts)::text, 'none') AS witness
     FROM chaos_log l LEFT JOIN cron_ticks t ON t.name = l.name AND t.scheduled_at = l.scheduled_at
     WHERE l.kind = 'cron' GROUP BY l.name, l.scheduled_at HAVING count(*) > coalesce(max(t.attempts), 0)`
  ),
  new VerifyCheck(
    "I13",
    "a tick that is done was run",
    `SELECT 'cron ' || t.name || ', ' || t.scheduled_at || ' on ' || t.ran_on AS witness FROM cron_ticks t
     WHERE t.outcome = 'done'
       AND t.scheduled_at >= (SELECT min(scheduled_at) FROM chaos_log WHERE kind = 'cron' AND name = t.name)
       AND NOT EXISTS (SELECT 1 FROM chaos_log l WHERE l.kind = 'cron' AND l.name = t.name
         AND l.scheduled_at = t.scheduled_at)`
  )
]

/** A message's id holds its time: milliseconds since 2025 above the lowest 22 bits. */
const messages = [
  new VerifyCheck(
    "L1",
    "no message that is due waits for longer than 30 s",
    `SELECT 'message ' || id || ' for ' || entity_type || ' ' || entity_id || ' (' || coalesce(tag, '') || ')' AS witness
     FROM cluster.cluster_messages
     WHERE kind = 0 AND NOT processed
       AND greatest((id >> 22) + 1735689600000, coalesce(deliver_at, 0)) < extract(epoch FROM now()) * 1000 - 30000`
  )
]

/** Promises of leaders, crons and the cluster's mailbox, for the tables that this database has. */
const LeaderInvariants = ({ crons, tables }: LeaderInvariants.Options): ReadonlyArray<VerifyCheck> => {
  const has = (...names: ReadonlyArray<string>) => names.every((name) => tables.has(name))
  return [
    ...(has("app.cron_ticks") ? cronTicks(crons) : []),
    ...(has("app.cron_ticks", "app.cluster_singletons") ? singletons : []),
    ...(has("app.chaos_log") ? log : []),
    ...(has("app.chaos_log", "app.cron_ticks") ? loggedTicks : []),
    ...(has("cluster.cluster_messages") ? messages : [])
  ]
}

export { LeaderInvariants }
