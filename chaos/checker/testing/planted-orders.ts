import { type HistoryEntry } from "../../history/history-entry.ts"
import { type Planted } from "./planted.ts"
import { SampleOrder } from "./sample-order.ts"
import { SamplePlans } from "./sample-plans.ts"

type Lines = ReadonlyArray<HistoryEntry.Line>

const [first, second] = ["first", "second"].map(SampleOrder.ids.order)
const acme = SampleOrder.ids.tenant("acme")
const product = SampleOrder.ids.product("acme")
const other = SampleOrder.ids.order("other")
const unknown = `${acme}/${other}/1`
const [plan] = SamplePlans.plans
const reference = plan === undefined ? "" : SampleOrder.reference(plan)
const copyOf = (changes: string, from = `id = '${first}'`) =>
  `INSERT INTO orders SELECT o.* FROM (SELECT (jsonb_populate_record(orders, '${changes}')).* FROM orders WHERE ${from}) o;`
const steps = `saga_steps WHERE key = '${second}/1'`

const withLines =
  (isMeant: (line: HistoryEntry.Line) => boolean, change: (line: HistoryEntry.Line) => Lines) =>
  (lines: Lines): Lines =>
    lines.flatMap((line) => (isMeant(line) ? change(line) : [line]))

const isPlaced = ({ key, phase }: HistoryEntry.Line) => key === "chaos-7-first" && phase === "ok"

/** Defects of orders, stock, money and sagas: I1 to I5, I8, I12. */
const plantedOrders: ReadonlyArray<Planted> = [
  {
    bug: "an acknowledged order is lost",
    invariant: "I1",
    says: /chaos-7-first of acme was acknowledged and is not there/,
    sql: `DELETE FROM orders WHERE id = '${first}'`
  },
  {
    bug: "one key made two orders",
    invariant: "I1",
    says: /chaos-7-first of acme exists 2 times/,
    sql: `ALTER TABLE orders DROP CONSTRAINT orders_tenant_id_idempotency_key_key;
      ${copyOf(`{"id": "${other}", "number": "7001"}`)}`
  },
  {
    bug: "an order that nobody placed",
    invariant: "I1",
    says: /nobody placed order .* \(key nobody of acme\)/,
    sql: copyOf(`{"id": "${other}", "number": "7001", "idempotency_key": "nobody"}`)
  },
  {
    bug: "a refused order is there all the same",
    invariant: "I1",
    says: /was refused and is there/,
    history: (lines) =>
      lines
        .filter(({ key, phase }) => key !== "chaos-7-first" || phase === "invoke" || phase === "ok")
        .map((line) => (isPlaced(line) ? { ...line, phase: "fail", result: { status: 422 } } : line))
  },
  {
    bug: "a repetition was answered with another order",
    invariant: "I1",
    says: new RegExp(`was answered as ${other}`),
    history: withLines(isPlaced, (line) => [
      line,
      { ...line, result: { ...(line.result as HistoryEntry.PlaceResult), id: other } }
    ])
  },
  {
    bug: "the order holds other lines than were asked for",
    invariant: "I1",
    says: /holds ACME-1×1 instead of ACME-1×2/,
    sql: `UPDATE order_lines SET quantity = 1 WHERE order_id = '${first}'`
  },
  {
    bug: "an acknowledged order is gone after a crash of the database",
    invariant: "I12",
    says: /acknowledged before postgres immediate and is gone/,
    sql: `DELETE FROM orders WHERE id = '${first}'`,
    history: (lines) =>
      lines.map((line) => (line.operation === "fault" ? { ...line, key: "postgres immediate" } : line))
  },
  {
    bug: "more is sold than there is",
    invariant: "I2",
    says: /available \+ reserved \+ sold/,
    sql: `ALTER TABLE products DROP CONSTRAINT products_available_check;
      UPDATE products SET available = -1, sold = sold + available + 1 WHERE id = '${product}'`
  },
  {
    bug: "the stock is not the sum of its ledger",
    invariant: "I2",
    says: /each kind of stock is the sum of its ledger rows/,
    sql: `UPDATE products SET available = available - 1, sold = sold + 1 WHERE id = '${product}'`
  },
  {
    bug: "an acknowledged restock is lost, in stock and ledger alike",
    invariant: "I2",
    says: /restock-1 ended as ok and is in the ledger 0 times/,
    sql: `DELETE FROM stock_ledger WHERE kind = 'restock';
      UPDATE products SET restocked = 0, available = available - restocked WHERE id = '${product}'`
  },
  {
    bug: "one restock came twice, in stock and ledger alike",
    invariant: "I2",
    says: /restock-1 ended as ok and is in the ledger 2 times/,
    sql: `INSERT INTO stock_ledger (tenant_id, product_id, cause, kind, quantity, at)
        SELECT tenant_id, product_id, 'restock:again', kind, quantity, at FROM stock_ledger WHERE kind = 'restock';
      UPDATE products SET available = available + restocked, restocked = 2 * restocked WHERE id = '${product}'`
  },
  {
    bug: "an order is charged another amount than its total",
    invariant: "I3",
    says: /charged nothing or exactly its total/,
    sql: `UPDATE payments SET amount_minor = amount_minor + 1 WHERE order_id = '${first}'`
  },
  {
    bug: "an order is captured twice at the provider",
    invariant: "I3",
    says: /holds money only for a fulfilled order, its total, once/,
    outside: (pair) => pair.pay(reference, 2 * SampleOrder.priceMinor, ["capture"], "again")
  },
  {
    bug: "a run was authorised twice at the provider",
    invariant: "I5",
    says: /one run of an order was authorised once/,
    outside: (pair) => pair.pay(reference, 2 * SampleOrder.priceMinor, ["capture", "refund"], "again")
  },
  {
    bug: "the provider captured for an order that does not exist",
    invariant: "I5",
    says: /whatever stands at the provider belongs to an order/,
    outside: (pair) => pair.pay(unknown, 500, ["capture"])
  },
  {
    bug: "more was refunded than captured",
    invariant: "I3",
    says: /only what was captured is refunded/,
    sql: `UPDATE payments SET captured_at = NULL WHERE order_id = '${second}'`
  },
  {
    bug: "the refund is noted and the provider never made it",
    invariant: "I3",
    says: /books agree with every payment/,
    sql: `UPDATE payments SET status = 'refunded', refunded_at = captured_at WHERE order_id = '${first}'`
  },
  {
    bug: "a step that was done is not undone",
    invariant: "I4",
    says: /has undone every step that it had done/,
    sql: `DELETE FROM ${steps} AND step = 'capture' AND direction = 'compensate'`
  },
  {
    bug: "steps are undone in the wrong order",
    invariant: "I4",
    says: /undone in the reverse of the order/,
    sql: `CREATE TEMP TABLE kept AS SELECT * FROM ${steps} AND step = 'capture' AND direction = 'compensate';
      DELETE FROM ${steps} AND step = 'capture' AND direction = 'compensate';
      UPDATE kept SET ordinal = 1000000;
      INSERT INTO saga_steps OVERRIDING SYSTEM VALUE SELECT * FROM kept`
  },
  {
    bug: "a fulfilled order left a step out",
    invariant: "I4",
    says: /has taken each step of its saga/,
    sql: `DELETE FROM saga_steps WHERE key = '${first}/1' AND step = 'authorise'`
  },
  {
    bug: "an order went a way that its life cycle does not have",
    invariant: "I8",
    says: /are a path of its life cycle/,
    sql: `UPDATE events SET payload = payload || '{"to": "booked"}'
      WHERE aggregate_id = '${first}' AND payload ->> 'to' = 'captured'`
  },
  {
    bug: "an order is in another state than its last event says",
    invariant: "I8",
    says: /in the state that its last event says/,
    sql: `UPDATE orders SET status = 'cancelled' WHERE id = '${first}'`
  },
  {
    bug: "a retry is lost",
    invariant: "I8",
    says: /1 retries of order .* were accepted, and it has 1 runs/,
    history: (lines) =>
      lines.map((line) =>
        line.operation === "cancel" ? { ...line, operation: "retry" as const, key: "retry-1" } : line
      )
  },
  {
    bug: "an order was tried again that had not been cancelled",
    invariant: "I8",
    says: /are a path of its life cycle/,
    sql: `UPDATE events SET type = 'order.retried' WHERE aggregate_id = '${first}' AND version = 4`
  },
  {
    bug: "an event of an order that waits for approval is missing",
    invariant: "I8",
    says: /are a path of its life cycle, versions 1 to n/,
    sql: `UPDATE events SET version = version + 1 WHERE aggregate_id = '${first}' AND version = 6;
      UPDATE orders SET version = 7 WHERE id = '${first}'`
  },
  {
    bug: "a cancellation is lost",
    invariant: "I8",
    says: /cancellation of order .* was accepted, and the order was fulfilled/,
    history: (lines) =>
      lines.map((line) => (line.operation === "cancel" ? { ...line, args: { id: first } } : line))
  }
]

export { plantedOrders }
