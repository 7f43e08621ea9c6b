import { type Planted } from "./planted.ts"
import { SampleOrder } from "./sample-order.ts"
import { SampleReservation } from "./sample-reservation.ts"

const [kept, ordered, returned, forgotten] = ["kept", "ordered", "returned", "forgotten"].map(
  SampleReservation.id
)
const product = SampleOrder.ids.product("acme")
const ledgerOf = (id: string | undefined) => `stock_ledger WHERE cause = 'reservation:${id}'`
const historyOf = (id: string | undefined) => `state_history WHERE machine = 'reservation' AND key = '${id}'`

/** Defects of reservations: I1, I2, I8, L1. */
const plantedReservations: ReadonlyArray<Planted> = [
  {
    bug: "an acknowledged reservation is lost",
    invariant: "I1",
    says: /hold-returned of acme was acknowledged and is not there/,
    sql: `DELETE FROM reservations WHERE id = '${returned}';
      DELETE FROM reservation_lines WHERE reservation_id = '${returned}';
      DELETE FROM ${historyOf(returned)}; DELETE FROM ${ledgerOf(returned)}`
  },
  {
    bug: "a refused reservation is there all the same",
    invariant: "I1",
    says: /hold-kept of acme was refused and is there/,
    history: (lines) =>
      lines.map((line) =>
        line.key === "hold-kept" && line.phase === "ok" ? { ...line, phase: "fail", result: {} } : line
      )
  },
  {
    bug: "a repeated hold was answered with another reservation",
    invariant: "I1",
    says: new RegExp(`hold-kept of acme was answered as ${ordered}`),
    history: (lines) =>
      lines.map((line) =>
        line.key === "hold-kept" && line.phase === "ok" ? { ...line, result: { id: ordered } } : line
      )
  },
  {
    bug: "a released reservation is held again",
    invariant: "I8",
    says: new RegExp(`${returned} was answered to be released, and is held`),
    sql: `UPDATE reservations SET status = 'held' WHERE id = '${returned}'`
  },
  {
    bug: "an order was placed with units that had expired",
    invariant: "I8",
    says: new RegExp(`${ordered} was answered to be taken, and is expired`),
    sql: `UPDATE reservations SET status = 'expired' WHERE id = '${ordered}'`
  },
  {
    bug: "an expired reservation gave nothing back",
    invariant: "I2",
    says: /has settled every unit of it once it has ended/,
    sql: `DELETE FROM ${ledgerOf(forgotten)} AND kind = 'release';
      UPDATE products SET available = available - 2, reserved = reserved + 2 WHERE id = '${product}'`
  },
  {
    bug: "a reservation that is held holds nothing",
    invariant: "I2",
    says: /holds what its lines say/,
    sql: `DELETE FROM ${ledgerOf(kept)};
      UPDATE products SET available = available + 2, reserved = reserved - 2 WHERE id = '${product}'`
  },
  {
    bug: "units are reserved for nobody",
    invariant: "I2",
    says: /belongs to an order or a reservation that has not ended/,
    sql: `UPDATE stock_ledger SET cause = 'nobody' WHERE cause = 'reservation:${ordered}' AND kind = 'reserve';
      DELETE FROM ${ledgerOf(ordered)};
      UPDATE products SET available = available - 2, reserved = reserved + 2 WHERE id = '${product}'`
  },
  {
    bug: "stock says more is reserved than orders and reservations do",
    invariant: "I2",
    says: /belongs to an order or a reservation that has not ended/,
    sql: `UPDATE products SET available = available - 1, reserved = reserved + 1 WHERE id = '${product}'`
  },
  {
    bug: "a reservation is held long after its time",
    invariant: "L1",
    says: /ends within a minute of its time/,
    sql: `UPDATE reservations SET expires_at = now() - interval '2 minutes' WHERE id = '${kept}'`
  },
  {
    bug: "a reservation was moved past its machine",
    invariant: "I8",
    says: /in the state and the version with which its history ends/,
    sql: `UPDATE reservations SET version = 3 WHERE id = '${forgotten}'`
  },
  {
    bug: "a reservation has no history",
    invariant: "I8",
    says: /in the state and the version with which its history ends/,
    sql: `DELETE FROM ${historyOf(forgotten)}`
  }
]

export { plantedReservations }
