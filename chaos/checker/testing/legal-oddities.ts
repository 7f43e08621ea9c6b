import { type HistoryEntry } from "../../history/history-entry.ts"
import { type Planted } from "./planted.ts"
import { SampleOrder } from "./sample-order.ts"
import { SamplePlans } from "./sample-plans.ts"

const product = SampleOrder.ids.product("acme")
const noRestock = `DELETE FROM stock_ledger WHERE kind = 'restock';
  UPDATE products SET restocked = 0, available = available - restocked WHERE id = '${product}'`

const line = (given: Partial<HistoryEntry.Line>): HistoryEntry.Line => ({
  ...{
    at: Date.now(),
    process: "acme-9",
    operation: "place",
    tenant: "acme",
    key: "chaos-7-other",
    phase: "info"
  },
  ...given
})
const place = {
  args: { lines: [], customerReference: "", paymentToken: "", postcode: "" } satisfies HistoryEntry.PlaceArgs
}
const unanswered = (operation: HistoryEntry.Operation) => (lines: ReadonlyArray<HistoryEntry.Line>) =>
  lines.map((one) =>
    one.operation === operation && one.phase === "ok" ? { ...one, phase: "info" as const } : one
  )

/** What a crash leaves behind and nobody may call a violation. */
const legalOddities: ReadonlyArray<Planted.Legal> = [
  {
    what: "an order without an answer that was never made",
    history: (lines) => [...lines, line({ ...place, phase: "invoke" }), line({})]
  },
  {
    what: "an order without an answer that was made",
    history: (lines) =>
      lines.filter(({ key, phase }) => key !== "chaos-7-first" || phase === "invoke" || phase === "info")
  },
  {
    what: "an order that was refused after an attempt without an answer, and was made by that attempt",
    history: (lines) =>
      lines.map((one) =>
        one.key === "chaos-7-first" && one.phase === "ok" ? { ...one, phase: "fail", result: {} } : one
      )
  },
  { what: "a restock without an answer that was made", history: unanswered("restock") },
  { what: "a restock without an answer that was not made", history: unanswered("restock"), sql: noRestock },
  { what: "an import without an answer that was made", history: unanswered("import") },
  {
    what: "a cancellation that came too late and was refused",
    history: (lines) => [
      ...lines,
      ...(["invoke", "fail"] as const).map((phase) =>
        line({ operation: "cancel", key: "late", phase, args: { id: SampleOrder.ids.order("first") } })
      )
    ]
  },
  {
    what: "an order that was cancelled, retried without an answer, and fulfilled",
    history: (lines) => {
      const id = SampleOrder.ids.order("first")
      const retried = (["invoke", "info"] as const).map((phase) =>
        line({ operation: "retry", key: "retry-1", phase, args: { id } })
      )
      return [
        ...lines.map((one) => (one.operation === "cancel" ? { ...one, args: { id } } : one)),
        ...retried
      ]
    }
  },
  {
    what: "a tick that ran twice because its replica died in it",
    sql: `UPDATE cron_ticks SET attempts = 2, ran_on = 'replica-3'
        WHERE scheduled_at = (SELECT max(scheduled_at) FROM cron_ticks);
      INSERT INTO chaos_log (kind, name, scheduled_at, attempt, owner, fence)
        SELECT kind, name, scheduled_at, 2, owner, fence FROM chaos_log WHERE kind = 'cron' ORDER BY id DESC LIMIT 1`
  },
  {
    what: "a tick that was skipped after an outage",
    sql: `UPDATE cron_ticks SET outcome = 'skipped', ran_on = NULL, attempts = 0
        WHERE scheduled_at = (SELECT max(scheduled_at) FROM cron_ticks);
      DELETE FROM chaos_log WHERE id = (SELECT max(id) FROM chaos_log WHERE kind = 'cron')`
  },
  {
    what: "a singleton whose last run was not saved before it moved",
    sql: "INSERT INTO chaos_log (kind, name, owner, fence, value) VALUES ('singleton', 'counter', 'replica-4', 4, 8)"
  },
  {
    what: "a webhook that was sent again because its answer was lost",
    outside: (pair) => pair.deliver(SampleOrder.ids.event("first", 1), SamplePlans.messageBody("first"))
  }
]

export { legalOddities }
