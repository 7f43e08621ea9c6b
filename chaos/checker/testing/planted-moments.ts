import { type Planted } from "./planted.ts"
import { SampleOrder } from "./sample-order.ts"

type Bug = Required<Pick<Planted, "bug" | "invariant" | "says" | "sql">>

const [first, second] = ["first", "second"].map(SampleOrder.ids.order)
const product = SampleOrder.ids.product("acme")
const history = `state_history WHERE machine = 'order' AND key = '${first}'`

/** Defects that one snapshot shows while work is under way: I2, I3, I8. */
const plantedMoments: ReadonlyArray<Bug> = [
  {
    bug: "more is sold than there is",
    invariant: "I2",
    says: /available \+ reserved \+ sold/,
    sql: `ALTER TABLE products DROP CONSTRAINT products_available_check;
      UPDATE products SET available = -1, sold = sold + available + 1 WHERE id = '${product}'`
  },
  {
    bug: "a reservation is in the stock and not in the ledger",
    invariant: "I2",
    says: /each kind of stock is the sum of its ledger rows/,
    sql: `UPDATE products SET available = available - 1, reserved = reserved + 1 WHERE id = '${product}'`
  },
  {
    bug: "a second run is authorised while the first one is captured",
    invariant: "I3",
    says: /one live payment at most/,
    sql: `INSERT INTO payments SELECT p.* FROM (
        SELECT (jsonb_populate_record(payments, '{"run": 2, "status": "authorised", "amount_minor": 0}')).*
        FROM payments WHERE order_id = '${first}') p`
  },
  {
    bug: "more is captured than the total",
    invariant: "I3",
    says: /no more money is held of an order than its total/,
    sql: `UPDATE payments SET amount_minor = amount_minor + 1 WHERE order_id = '${first}'`
  },
  {
    bug: "money is refunded that was never captured",
    invariant: "I3",
    says: /only what was captured is refunded/,
    sql: `UPDATE payments SET captured_at = NULL WHERE order_id = '${second}'`
  },
  {
    bug: "a history has a hole",
    invariant: "I8",
    says: /versions 1 to n/,
    sql: `DELETE FROM ${history} AND version = 3`
  },
  {
    bug: "a move starts where the one before has not led",
    invariant: "I8",
    says: /starts where the one before has led/,
    sql: `UPDATE state_history SET from_state = 'placed' WHERE machine = 'order' AND key = '${first}' AND version = 3`
  },
  {
    bug: "an order leaves its machine",
    invariant: "I8",
    says: /is one of its machine/,
    sql: `UPDATE state_history SET to_state = 'fulfilled' WHERE machine = 'order' AND key = '${first}' AND version = 3`
  },
  {
    bug: "an order is in a state that nobody noted",
    invariant: "I8",
    says: /in the state and the version with which its history ends/,
    sql: `UPDATE orders SET status = 'booked' WHERE id = '${first}'`
  }
]

export { plantedMoments }
