import { ChaosFleet } from "../chaos/bed/chaos-fleet.ts"
import { type ChaosReplica } from "../chaos/bed/chaos-replica.ts"
import { until } from "../tests/support/until.ts"
import { ClusterCalls } from "./support/cluster-calls.ts"

/** Of one series: 2,000 requests, and longer than retention rests between two runs. */
const seconds = 40
const warmUp = 30
const seeded = 1_000_000
const driven = 50_000
const perCall = 1_000
const perStatement = 50_000
/** Answered messages are kept for so long in this run; the seeded ones are a little younger at first. */
const windowMinutes = 60
const youngerMinutes = 5

type Say = (line: string) => void
type Results = Readonly<Record<ClusterCalls.Kind, ClusterCalls.Series>>

const ratio = (now: ClusterCalls.Series, before: ClusterCalls.Series) =>
  (now.samples.quantile(0.99) / before.samples.quantile(0.99)).toFixed(2)

const line = (what: string, { failed, samples }: ClusterCalls.Series) =>
  `  ${what.padEnd(34)}${samples.text}${failed > 0 ? `  ${failed} FAILED` : ""}`

/** Volatile and persisted requests across replicas, one after the other. */
const across = async (calls: ClusterCalls, title: string, say: Say): Promise<Results> => {
  const volatile = await calls.series("volatile", "remote", seconds)
  const persisted = await calls.series("persisted", "remote", seconds)
  say(line(`${title}, volatile`, volatile))
  say(line(`${title}, persisted`, persisted))
  return { volatile, persisted }
}

const rows = async (fleet: ChaosFleet) => {
  const [row] = await fleet.sql<{ readonly messages: number; readonly size: string }>(
    `SELECT count(*)::int AS messages, pg_size_pretty(pg_total_relation_size('cluster.cluster_messages')
       + pg_total_relation_size('cluster.cluster_replies')) AS size FROM cluster.cluster_messages`
  )
  return row ?? { messages: 0, size: "?" }
}

/** Answered requests as the stock storage writes them, with ids of the time that is asked for. */
const seed = async (fleet: ChaosFleet) => {
  for (let from = 1; from <= seeded; from += perStatement) {
    await fleet.sql(
      `WITH base AS (
         SELECT ((extract(epoch FROM now()) * 1000)::bigint - 1735689600000 - $3::bigint * 60000) * 4194304 AS id
       ), requests AS (
         INSERT INTO cluster.cluster_messages (id, request_id, message_id, shard_id, entity_type, entity_id, kind,
           tag, payload, headers, processed, last_reply_id)
         SELECT id + n, id + n, 'seeded/' || n, 'default:' || (1 + n % 300), 'ChaosProbe', 'seeded-' || n % 200, 0,
           'Keep', '{"key":"seeded"}', '{}', true, id + n FROM base, generate_series($1::int, $2::int) n RETURNING id
       )
       INSERT INTO cluster.cluster_replies (id, kind, request_id, payload)
       SELECT id, 0, id, '{"_tag":"Success","value":{"replica":"replica-1","pid":1,"at":1}}' FROM requests`,
      [from, from + perStatement - 1, windowMinutes - youngerMinutes]
    )
  }
  await fleet.sql("ANALYZE cluster.cluster_messages, cluster.cluster_replies")
}

const logged = async (fleet: ChaosFleet, pattern: string) => {
  const [row] = await fleet.sql<{ readonly distinct: number; readonly total: number }>(
    "SELECT count(DISTINCT name)::int AS distinct, count(*)::int AS total FROM chaos_log WHERE kind = 'keep' AND name LIKE $1",
    [pattern]
  )
  return row ?? { distinct: 0, total: 0 }
}

/** A share from each replica. */
const send = (replicas: ReadonlyArray<ChaosReplica>, from: number, count: number) => {
  const share = Math.ceil(count / replicas.length)
  return Promise.all(
    replicas.map((replica, index) => {
      const start = index * share
      const query = `prefix=driven&from=${from + start}&count=${Math.min(share, count - start)}`
      return replica.json(`/chaos/backlog?${query}`, "POST", 120_000)
    })
  )
}

const handled = (fleet: ChaosFleet, least: number) =>
  until(
    `${least} driven messages are handled`,
    async () => (await logged(fleet, "driven-%")).distinct >= least,
    300_000,
    250
  )

/** 50,000 requests that nobody waits for, from all replicas; a runner keeps in memory what waits for its handlers. */
const drive = async (fleet: ChaosFleet, say: Say) => {
  const startedAt = performance.now()
  for (let from = 0; from < driven; from += perCall) {
    await handled(fleet, from - perCall)
    await send(fleet.replicas, from, perCall)
  }
  await handled(fleet, driven)
  const took = (performance.now() - startedAt) / 1000
  say(`  ${driven} messages driven for real: ${took.toFixed(1)} s, ${Math.round(driven / took)} a second`)
}

const purged = async (fleet: ChaosFleet) => {
  const [row] = await fleet.sql<{ readonly left: number }>(
    "SELECT count(*)::int AS left FROM cluster.cluster_messages WHERE message_id LIKE 'seeded/%'"
  )
  return seeded - (row?.left ?? 0)
}

const growth = async (fleet: ChaosFleet, calls: ClusterCalls, empty: Results, say: Say) => {
  await seed(fleet)
  await drive(fleet, say)
  const full = await rows(fleet)
  say(`  the tables hold ${full.messages} messages, ${full.size}`)
  const large = await across(calls, "with 1,000,000 answered", say)
  await until("the first rows are removed", async () => (await purged(fleet)) > 0, 600_000, 1_000)
  const startedAt = performance.now()
  const during = await across(calls, "while they are removed", say)
  await until("the seeded rows are gone", async () => (await purged(fleet)) === seeded, 900_000, 1_000)
  const left = await rows(fleet)
  say(
    `  removed in ${((performance.now() - startedAt) / 1000).toFixed(0)} s; ${left.messages} messages are left`
  )
  await send(fleet.replicas.slice(1), 0, perCall * 2)
  // Others are handled after them: by then a second handling would have been seen.
  await send(fleet.replicas, driven, perCall)
  await handled(fleet, driven + perCall)
  const { distinct, total } = await logged(fleet, "driven-%")
  say(`  ${perCall * 2} of the driven ones sent again: ${total - distinct} handled twice`)
  for (const kind of ["volatile", "persisted"] as const) {
    say(
      `  p99 against empty tables, ${kind}: full ${ratio(large[kind], empty[kind])}, removing ${ratio(during[kind], empty[kind])}`
    )
  }
}

/** Request and reply across replicas at 50 a second, and what a million answered messages do to it. */
const cluster = async (say: Say): Promise<number> => {
  const fleet = await ChaosFleet.start({
    seed: 1,
    say,
    isDirect: true,
    env: { MESSAGE_RETENTION: `${windowMinutes} minutes` }
  })
  try {
    const calls = await ClusterCalls.on(fleet)
    say("request and reply, 50 a second, three replicas, timed at the sender")
    await calls.series("volatile", "remote", warmUp)
    await calls.series("persisted", "remote", warmUp)
    for (const kind of ["volatile", "persisted"] as const) {
      say(line(`same replica, ${kind}`, await calls.series(kind, "local", seconds)))
    }
    const empty = await across(calls, "across replicas", say)
    await growth(fleet, calls, empty, say)
    return 0
  } finally {
    await fleet.stop()
  }
}

export { cluster }
