import { type BenchDatabases } from "./bench-databases.ts"

const perStatement = 50_000
const steps = 3

/** Snowflakes of half an hour ago: old enough to be done with, too young for retention. */
const base = `SELECT ((extract(epoch FROM now()) * 1000)::bigint - 1735689600000 - 30 * 60000) * 4194304 AS id`

/** As a saga of the bench leaves it: its run, the answer to it, and the exit of each step. */
const sagas = (from: number, to: number) => `WITH base AS (${base}),
  runs AS (
    SELECT base.id + n AS id, n, md5('seeded/' || n) AS execution FROM base, generate_series(${from}, ${to}) n
  ), messages AS (
    INSERT INTO cluster.cluster_messages (id, request_id, message_id, shard_id, entity_type, entity_id, kind,
      tag, payload, headers, processed, last_reply_id)
    SELECT id, id, 'Workflow/BenchSaga/' || execution || '/run/', 'default:' || (1 + n % 300),
      'Workflow/BenchSaga', execution, 0, 'run', '{"tag":"seeded","index":1,"fails":false}', '{}', true, id FROM runs
  ), replies AS (
    INSERT INTO cluster.cluster_replies (id, kind, request_id, payload)
    SELECT id, 0, id, '{"_tag":"Success","value":{"_tag":"Complete","exit":{"_tag":"Success"}}}' FROM runs
  ), taken AS (
    INSERT INTO cluster.workflow_runs (execution_id, epoch) SELECT execution, 1 FROM runs
  )
  INSERT INTO cluster.workflow_journal (execution_id, name, attempt, exit)
  SELECT execution, name, 1, '{"_tag":"Success","value":{"_tag":"Success","value":"done"}}'
  FROM runs, unnest(ARRAY['reserve', 'charge', 'confirm']) AS name`

/** Of the same tenants and lanes as those of the bench. */
const jobs = (from: number, to: number) => `INSERT INTO app.jobs (tenant_id, id, queue, name, lane, partition,
    payload, actor, status, attempts, max_attempts, created_at, finished_at)
  SELECT tenant::uuid, uuidv7(), 'bench', 'bench', 'bench:' || tenant, n % 64, '{"tag":"seeded","index":1,"at":1}',
    jsonb_build_object('tenantId', tenant, 'requestId', 'seeded'), 'succeeded', 1, 3,
    now() - interval '30 minutes', now() - interval '30 minutes'
  FROM generate_series(${from}, ${to}) n,
    LATERAL (SELECT '00000000-0000-4000-8000-' || lpad((n % 32)::text, 12, '0') AS tenant) t`

const inParts = async (total: number, part: (from: number, to: number) => Promise<unknown>) => {
  for (let from = 1; from <= total; from += perStatement)
    await part(from, Math.min(total, from + perStatement - 1))
}

/** So many finished jobs, and as many exits of steps with the sagas that they belong to. */
const seedHistory = async (databases: BenchDatabases, database: string, rows: number): Promise<void> => {
  await inParts(Math.ceil(rows / steps), (from, to) => databases.query(database, sagas(from, to)))
  await inParts(rows, (from, to) => databases.query(database, jobs(from, to)))
  await databases.query(
    database,
    `VACUUM ANALYZE cluster.cluster_messages, cluster.cluster_replies, cluster.workflow_runs,
      cluster.workflow_journal, app.jobs`
  )
}

export { seedHistory }
