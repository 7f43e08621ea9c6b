import { type HistoryEntry } from "../../history/history-entry.ts"
import { type Planted } from "./planted.ts"
import { SampleOrder } from "./sample-order.ts"
import { SamplePlans } from "./sample-plans.ts"

type Lines = ReadonlyArray<HistoryEntry.Line>
type Events = HistoryEntry.Seen["events"]

const first = SampleOrder.ids.order("first")
const message = SampleOrder.ids.event("first", 1)
const other = SampleOrder.ids.event("other", 1)

/** Changes what the second connection of acme's stream was shown: events 3 and up. */
const shown =
  (change: (events: Events) => Events) =>
  (lines: Lines): Lines =>
    lines.map((line) =>
      line.key === "acme-stream-1#2" && line.phase === "ok"
        ? { ...line, result: { events: change((line.result as HistoryEntry.Seen).events) } }
        : line
    )

/** Defects of events, jobs, webhooks and imports: I6, I7, I9, I10. */
const plantedMessages: ReadonlyArray<Planted> = [
  {
    bug: "a job is doubled",
    invariant: "I6",
    says: /has one job a run/,
    sql: `INSERT INTO jobs SELECT j.* FROM (
        SELECT (jsonb_populate_record(jobs, '{"id": "${other}"}')).* FROM jobs
        WHERE id = '${SampleOrder.ids.job("first")}') j`
  },
  {
    bug: "a job is lost",
    invariant: "I6",
    says: /has one job a run/,
    sql: `DELETE FROM jobs WHERE id = '${SampleOrder.ids.job("first")}'`
  },
  {
    bug: "a job was given up",
    invariant: "I6",
    says: /no job was given up/,
    sql: `UPDATE jobs SET status = 'dead' WHERE id = '${SampleOrder.ids.job("first")}'`
  },
  {
    bug: "the log of events has a hole",
    invariant: "I7",
    says: /have no hole/,
    sql: `UPDATE events SET seq = -seq WHERE seq > 20; UPDATE events SET seq = 1 - seq WHERE seq < 0;
      UPDATE event_heads SET seq = seq + 1 WHERE seq > 20`
  },
  {
    bug: "an event was committed and never written",
    invariant: "I7",
    says: /each version of an order has one event/,
    sql: `DELETE FROM events WHERE aggregate_id = '${first}' AND version = 6`
  },
  {
    bug: "two events of an order are numbered the wrong way round",
    invariant: "I7",
    says: /in the order of its versions/,
    sql: `UPDATE events SET seq = -seq WHERE aggregate_id = '${first}' AND version IN (2, 3);
      UPDATE events SET seq = 5 - version WHERE aggregate_id = '${first}' AND seq < 0`
  },
  {
    bug: "a stream misses an event",
    invariant: "I7",
    says: /acme-stream-1 was shown event 6 after 4: a hole/,
    history: shown((events) => events.filter(({ seq }) => seq !== 5))
  },
  {
    bug: "a stream gets an event twice after it came back",
    invariant: "I7",
    says: /acme-stream-1 was shown event 3 twice/,
    history: shown((events) => [...events.slice(0, 1), ...events])
  },
  {
    bug: "a stream gets two events in the wrong order",
    invariant: "I7",
    says: /was shown event 4 after 5: out of order/,
    history: shown((events) => [
      ...events.slice(0, 1),
      ...events.slice(1, 3).toReversed(),
      ...events.slice(3)
    ])
  },
  {
    bug: "a stream gets an event that was rolled back",
    invariant: "I7",
    says: /was shown event 3, and the log has another or none there/,
    history: shown((events) => events.map((event) => (event.seq === 3 ? { ...event, id: other } : event)))
  },
  {
    bug: "a stream stops before the end of the log",
    invariant: "I7",
    says: /acme-stream-1 ended at event 9 and was never shown the rest/,
    history: shown((events) => events.filter(({ seq }) => seq < 10))
  },
  {
    bug: "a webhook arrives under two ids",
    invariant: "I9",
    says: /one event arrived under two webhook-ids/,
    outside: (pair) => pair.deliver(other, SamplePlans.messageBody("first"))
  },
  {
    bug: "two attempts of a webhook have two bodies",
    invariant: "I9",
    says: /attempts of one webhook-id had two bodies/,
    outside: (pair) => pair.deliver(message, SamplePlans.messageBody("second"))
  },
  {
    bug: "a webhook is signed with another secret",
    invariant: "I9",
    says: /signature of message .* does not verify/,
    outside: (pair) => pair.deliver(message, SamplePlans.messageBody("first"), true)
  },
  {
    bug: "an event has no delivery",
    invariant: "I9",
    says: /each event has a delivery/,
    sql: `DELETE FROM webhook_deliveries WHERE message_id = '${message}'; UPDATE events
      SET occurred_at = occurred_at + interval '10 seconds'`
  },
  {
    bug: "a webhook counts as delivered and never arrived",
    invariant: "I9",
    says: /counts as delivered and never arrived/,
    sql: `UPDATE webhook_deliveries SET message_id = '${other}' WHERE message_id = '${message}'`
  },
  {
    bug: "a webhook is repeated more often than its schedule says",
    invariant: "I9",
    says: /at most the attempts of the schedule/,
    sql: `UPDATE webhook_deliveries SET attempts = 5 WHERE message_id = '${message}'`
  },
  {
    bug: "a row of a file is imported twice",
    invariant: "I10",
    says: /orders 91 exist more than once/,
    sql: `ALTER TABLE orders DROP CONSTRAINT orders_tenant_id_number_key; INSERT INTO orders SELECT o.* FROM (
        SELECT (jsonb_populate_record(orders, jsonb_build_object('id', '${other}', 'idempotency_key',
          idempotency_key || ':again'))).* FROM orders WHERE number = '91') o`
  },
  {
    bug: "a row of a file is lost",
    invariant: "I10",
    says: /orders 92 are missing/,
    sql: "DELETE FROM orders WHERE number = '92'"
  },
  {
    bug: "an import counts what it did not do",
    invariant: "I10",
    says: /has made, skipped and rejected what it counts/,
    sql: "UPDATE imports SET created = 1, skipped = 1"
  },
  {
    bug: "a wrong row of a file was taken for a right one",
    invariant: "I10",
    says: /0 rows rejected, 1 were wrong/,
    sql: "UPDATE imports SET rejected = 0; DELETE FROM import_rejections"
  }
]

export { plantedMessages }
