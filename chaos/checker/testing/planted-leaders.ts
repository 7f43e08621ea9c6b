import { type HistoryEntry } from "../../history/history-entry.ts"
import { type Planted } from "./planted.ts"
import { SampleOrder } from "./sample-order.ts"

type Lines = ReadonlyArray<HistoryEntry.Line>

const first = SampleOrder.ids.order("first")

const observed =
  (owner: string, fence: number) =>
  (lines: Lines): Lines => [
    ...lines,
    {
      ...{ at: Date.now(), process: "observer", operation: "fence", tenant: "", key: "lane/1", phase: "ok" },
      result: { name: "lane/1", owner, fence }
    }
  ]

/** The last line that acme got, with more in it than belongs there. */
const received =
  (result: (line: HistoryEntry.Line) => object) =>
  (lines: Lines): Lines =>
    lines.map((line) =>
      line.operation === "cancel" && line.phase === "ok" ? { ...line, result: result(line) } : line
    )

/** Defects of leaders, crons, walls between tenants, and of work that never ends: I11, I13, I14, L1, L2. */
const plantedLeaders: ReadonlyArray<Planted> = [
  {
    bug: "the epoch of a lane falls",
    invariant: "I11",
    says: /the fence of lane\/1 fell to 1/,
    history: observed("replica-3", 1)
  },
  {
    bug: "a lane has two owners under one epoch",
    invariant: "I11",
    says: /fence 2 of lane\/1 had two owners, replica-2 and replica-3/,
    history: observed("replica-3", 2)
  },
  {
    bug: "a leader that was frozen writes under its old fence",
    invariant: "I11",
    says: /carries a fence that never falls/,
    sql: `INSERT INTO chaos_log (kind, name, owner, fence, value) VALUES ('singleton', 'counter', 'replica-2', 2, 9)`
  },
  {
    bug: "two replicas lead under one fence",
    invariant: "I11",
    says: /one fence has one owner/,
    sql: `INSERT INTO chaos_log (kind, name, owner, fence, value) VALUES ('singleton', 'counter', 'replica-1', 3, 9)`
  },
  {
    bug: "the state of a singleton is lost when it moves",
    invariant: "I11",
    says: /goes on where it was saved/,
    sql: `INSERT INTO chaos_log (kind, name, owner, fence, value) VALUES ('singleton', 'counter', 'replica-4', 4, 1)`
  },
  {
    bug: "a tick is begun under a lower fence than the one before",
    invariant: "I11",
    says: /begun under a lower fence/,
    sql: "UPDATE cron_ticks SET fence = 1 WHERE scheduled_at = (SELECT max(scheduled_at) FROM cron_ticks)"
  },
  {
    bug: "a tick carries a fence from nowhere",
    invariant: "I11",
    says: /fence that its leadership has not reached/,
    sql: "UPDATE cluster_singletons SET fence = 2"
  },
  {
    bug: "a job was claimed under an epoch from nowhere",
    invariant: "I11",
    says: /claimed under an epoch that its lane has not reached/,
    sql: "UPDATE jobs SET claimed_epoch = 99"
  },
  {
    bug: "a tick of a cron is missing",
    invariant: "I13",
    says: /no tick of a cron is missing/,
    sql: "DELETE FROM cron_ticks WHERE scheduled_at = (SELECT min(scheduled_at) FROM cron_ticks) + interval '3 minutes'"
  },
  {
    bug: "a cron ticks between its times",
    invariant: "I13",
    says: /there twice or between the times/,
    sql: `INSERT INTO cron_ticks SELECT t.* FROM (SELECT (jsonb_populate_record(cron_ticks, jsonb_build_object(
        'scheduled_at', scheduled_at + interval '1 second'))).* FROM cron_ticks ORDER BY 2 LIMIT 1) t`
  },
  {
    bug: "one tick ran on two replicas",
    invariant: "I13",
    says: /ran once for each of its attempts/,
    sql: `INSERT INTO chaos_log (kind, name, scheduled_at, attempt, owner, fence)
      SELECT kind, name, scheduled_at, 2, owner, fence FROM chaos_log WHERE kind = 'cron' ORDER BY id DESC LIMIT 1`
  },
  {
    bug: "a tick counts as done and never ran",
    invariant: "I13",
    says: /a tick that is done was run/,
    sql: "DELETE FROM chaos_log WHERE id = (SELECT max(id) FROM chaos_log WHERE kind = 'cron')"
  },
  {
    bug: "a tick never ended",
    invariant: "I13",
    says: /a tick that was run has ended/,
    sql: "UPDATE cron_ticks SET outcome = 'running', ended_at = NULL WHERE fence = 2"
  },
  {
    bug: "an answer holds another tenant's canary, in bytes that were not kept",
    invariant: "I14",
    says: /acme received a canary of another tenant by cancel/,
    history: received(({ result }) => ({ ...(result as object), foreign: ["CANARY-globex-7"] }))
  },
  {
    bug: "an answer holds another tenant's canary, in what was kept of it",
    invariant: "I14",
    says: /acme received a canary of another tenant by cancel/,
    history: received(() => ({ status: 200, name: "CANARY-globex-7" }))
  },
  {
    bug: "a tenant's row holds another tenant's canary",
    invariant: "I14",
    says: /no row of customers holds another tenant's canary/,
    sql: "UPDATE customers SET name = 'CANARY-globex-7' WHERE reference = 'CANARY-acme-7'"
  },
  {
    bug: "a drain never ended",
    invariant: "L1",
    says: /1 rows were left 120000 ms after/,
    history: (lines) =>
      lines.map((line) =>
        line.operation === "drain"
          ? { ...line, phase: "fail", result: { millis: 120_000, left: [`order ${first} is placed`] } }
          : line
      )
  },
  {
    bug: "an order hangs in the middle",
    invariant: "L1",
    says: /work that began has not ended/,
    sql: `UPDATE orders SET status = 'captured' WHERE id = '${first}'`
  },
  {
    bug: "a saga is asleep for ever although its job has ended",
    invariant: "L2",
    says: /an order whose job has ended has ended/,
    sql: `UPDATE orders SET status = 'captured' WHERE id = '${first}'`
  },
  {
    bug: "a message to an entity is never taken",
    invariant: "L1",
    says: /no message that is due waits/,
    sql: `INSERT INTO cluster.cluster_messages (id, request_id, message_id, shard_id, entity_type, entity_id, kind, tag)
      VALUES (1, 1, 'm', 'default:1', 'Workflow/FulfilOrder', '${first}', 0, 'run')`
  }
]

export { plantedLeaders }
