import { type Planted } from "./planted.ts"
import { SampleOrder } from "./sample-order.ts"

const first = SampleOrder.ids.order("first")
const ofOrder = `machine = 'order' AND key = '${first}'`
const ofPayment = `machine = 'payment' AND key = '${first}/1'`

/** Defects of state machines and their histories: I8. */
const plantedHistories: ReadonlyArray<Planted> = [
  {
    bug: "a move was not noted",
    invariant: "I8",
    says: /a history has the versions 1 to n/,
    sql: `DELETE FROM state_history WHERE ${ofOrder} AND version = 3`
  },
  {
    bug: "a birth was not noted",
    invariant: "I8",
    says: /a history has the versions 1 to n/,
    sql: `DELETE FROM state_history WHERE ${ofOrder} AND version = 1`
  },
  {
    bug: "a move started from another state than the one before had left",
    invariant: "I8",
    says: /starts where the one before has led/,
    sql: `UPDATE state_history SET from_state = 'placed', to_state = 'cancelling', event = 'undo'
      WHERE ${ofOrder} AND version = 4`
  },
  {
    bug: "something was born twice",
    invariant: "I8",
    says: /starts where the one before has led/,
    sql: `UPDATE state_history SET from_state = NULL, event = 'born', to_state = 'placed'
      WHERE ${ofOrder} AND version = 2`
  },
  {
    bug: "a move was made by an event that leads elsewhere",
    invariant: "I8",
    says: /is one of its machine/,
    sql: `UPDATE state_history SET event = 'undo' WHERE ${ofOrder} AND version = 4`
  },
  {
    bug: "a payment came into the world captured",
    invariant: "I8",
    says: /is one of its machine/,
    sql: `DELETE FROM state_history WHERE ${ofPayment} AND version = 1;
      UPDATE state_history SET version = 1, event = 'born', from_state = NULL WHERE ${ofPayment};
      UPDATE payments SET version = 1 WHERE order_id = '${first}'`
  },
  {
    bug: "a history belongs to a machine that there is not",
    invariant: "I8",
    says: /is one of its machine/,
    sql: `UPDATE state_history SET machine = 'parcel' WHERE machine = 'shipment' AND key = '${first}/1'`
  },
  {
    bug: "a shipment was cancelled past its machine",
    invariant: "I8",
    says: /in the state and the version with which its history ends/,
    sql: `UPDATE shipments SET status = 'cancelled' WHERE order_id = '${first}'`
  },
  {
    bug: "a payment was moved and moved back past its machine",
    invariant: "I8",
    says: /in the state and the version with which its history ends/,
    sql: `UPDATE payments SET version = version + 2 WHERE order_id = '${first}'`
  },
  {
    bug: "a payment has no history",
    invariant: "I8",
    says: /in the state and the version with which its history ends/,
    sql: `DELETE FROM state_history WHERE ${ofPayment}`
  },
  {
    bug: "a history has no payment",
    invariant: "I8",
    says: /in the state and the version with which its history ends/,
    sql: `DELETE FROM payments WHERE order_id = '${first}'`
  }
]

export { plantedHistories }
