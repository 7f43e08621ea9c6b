import { type HistoryEntry } from "../../history/history-entry.ts"
import { type Planted } from "./planted.ts"
import { SampleOrder } from "./sample-order.ts"
import { SamplePlans } from "./sample-plans.ts"
import { type SandboxPair } from "./sandbox-pair.ts"

const plan = SamplePlans.plans.find(({ back }) => back !== undefined)
const reference = plan === undefined ? "" : SampleOrder.reference(plan)
const totalMinor = (plan?.quantity ?? 0) * SampleOrder.priceMinor
const order = SampleOrder.ids.order("fourth")
const refund = SampleOrder.ids.refund("fourth")
const product = SampleOrder.ids.product("acme")

/** Asked for under its old key, the authorisation is the old one. */
const payment = (pair: SandboxPair) => pair.pay(reference, totalMinor, [])

const isRefund = ({ operation }: HistoryEntry.Line) => operation === "refund"
const copyOf = (changes: string) =>
  `INSERT INTO refunds SELECT (jsonb_populate_record(r, '${changes}')).* FROM refunds r WHERE id = '${refund}';`
const notReturned = `DELETE FROM stock_ledger WHERE kind = 'return';
  UPDATE products SET available = available - 1, sold = sold + 1 WHERE id = '${product}'`

/** Defects of refunds: I2, I3, I6, I7, I8. */
const plantedRefunds: ReadonlyArray<Planted> = [
  {
    bug: "a refund was paid twice at the provider",
    invariant: "I3",
    says: /books agree with every payment/,
    outside: async (pair) => pair.refund(await payment(pair), 500, "again")
  },
  {
    bug: "a refund was never paid at the provider",
    invariant: "I3",
    says: /books agree with every payment/,
    sql: `UPDATE payments SET refunded_minor = 501 WHERE order_id = '${order}'`
  },
  {
    bug: "goods came back with a refund and never reached the stock",
    invariant: "I2",
    says: /a paid refund has brought back what it says/,
    sql: notReturned
  },
  {
    bug: "goods of a refused refund went on sale",
    invariant: "I2",
    says: /a paid refund has brought back what it says/,
    sql: `ALTER TABLE refunds DROP CONSTRAINT refunds_failed;
      UPDATE refunds SET status = 'refused' WHERE id = '${refund}'`
  },
  {
    bug: "more came back than was sold",
    invariant: "I2",
    says: /no more of a product comes back than its order has sold/,
    sql: `UPDATE refund_lines SET quantity = 3 WHERE refund_id = '${refund}'`
  },
  {
    bug: "more was paid back than was captured",
    invariant: "I3",
    says: /never beyond what was captured/,
    sql: `ALTER TABLE payments DROP CONSTRAINT payments_refunded_in_bounds;
      UPDATE payments SET refunded_minor = amount_minor + 1 WHERE order_id = '${order}'`
  },
  {
    bug: "two refunds share the same money",
    invariant: "I3",
    says: /only a fulfilled order has refunds, in its present run, of no more than its total/,
    sql: copyOf(`{"id": "${order}", "idempotency_key": "again", "amount_minor": ${totalMinor}}`)
  },
  {
    bug: "the payment forgot a refund that was paid",
    invariant: "I3",
    says: /is the sum of its paid refunds/,
    sql: `UPDATE payments SET status = 'captured', refunded_minor = 0 WHERE order_id = '${order}'`
  },
  {
    bug: "an acknowledged refund is lost",
    invariant: "I3",
    says: /chaos-7-refund of acme was acknowledged and is not there/,
    sql: `DELETE FROM refunds WHERE id = '${refund}'`
  },
  {
    bug: "one key made two refunds",
    invariant: "I3",
    says: /chaos-7-refund of acme exists 2 times/,
    sql: `ALTER TABLE refunds DROP CONSTRAINT refunds_tenant_id_idempotency_key_key;
      ${copyOf(`{"id": "${order}"}`)}`
  },
  {
    bug: "a refund that nobody asked for",
    invariant: "I3",
    says: /nobody asked for refund .* \(key nobody of acme\)/,
    sql: copyOf(`{"id": "${order}", "idempotency_key": "nobody"}`)
  },
  {
    bug: "a refused refund is there all the same",
    invariant: "I3",
    says: /was refused and is there/,
    history: (lines) =>
      lines
        .filter((line) => !isRefund(line) || line.phase !== "info")
        .map((line) =>
          isRefund(line) && line.phase === "ok" ? { ...line, phase: "fail", result: {} } : line
        )
  },
  {
    bug: "a refund was answered with another amount",
    invariant: "I3",
    says: /was answered as .*, 499/,
    history: (lines) =>
      lines.map((line) =>
        isRefund(line) && line.phase === "ok" ? { ...line, result: { id: refund, amountMinor: 499 } } : line
      )
  },
  {
    bug: "a refund holds another amount than was asked for",
    invariant: "I3",
    says: /is 499 with ACME-1×1 of order/,
    sql: `UPDATE refunds SET amount_minor = 499 WHERE id = '${refund}'`
  },
  {
    bug: "nobody carries a refund out",
    invariant: "I6",
    says: /a refund that was asked for has one job/,
    sql: "DELETE FROM jobs WHERE name = 'refund-order'"
  },
  {
    bug: "a refund is not announced",
    invariant: "I7",
    says: /each version of an order has one event/,
    sql: "DELETE FROM events WHERE type = 'order.refunded'"
  },
  {
    bug: "a refund was paid past its machine",
    invariant: "I8",
    says: /in the state and the version with which its history ends/,
    sql: `DELETE FROM state_history WHERE machine = 'refund' AND version = 2`
  },
  {
    bug: "a saga of a refund does not end",
    invariant: "L1",
    says: /work that began has not ended/,
    sql: `ALTER TABLE refunds DROP CONSTRAINT refunds_ended;
      UPDATE refunds SET status = 'requested' WHERE id = '${refund}'`
  }
]

export { plantedRefunds }
