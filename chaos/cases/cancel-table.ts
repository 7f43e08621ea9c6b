import { type Order } from "../../packages/shared/src/order/order.ts"
import { type Bed } from "../bed/bed.ts"

declare namespace CancelTable {
  /** As an order is seen from outside, and `pending`: authorised, and waiting for approval. */
  type State = Order.Status | "pending"
  /** What a cancellation comes to, in every book that knows of the order. */
  interface Outcome {
    /** Of the answer to the cancellation. */
    readonly answer: number
    readonly end: string
    readonly reason: string | null
    /** Steps whose undo has succeeded, in the order in which they did. */
    readonly undone: ReadonlyArray<string>
    /** Attempts of an undo that failed. */
    readonly failed: number
    /** At the payment provider and at the carrier, a word for each that was ever made. */
    readonly payments: ReadonlyArray<string>
    readonly shipments: ReadonlyArray<string>
    /** Kinds of the order's rows in the stock ledger. */
    readonly moves: ReadonlyArray<string>
    /** Of the product, in the end. */
    readonly available: number
    readonly reserved: number
    readonly sold: number
  }
  interface Row {
    /** The failpoint at which an order is in this state and stays there; null: its saga has ended. */
    readonly at: string | null
    readonly status: Order.Status
    readonly placing: Bed.Placing
    readonly outcome: CancelTable.Outcome
  }
}

/** Of each product that the case makes. */
const units = 5

const untouched = { available: units, reserved: 0, sold: 0 }
const nowhere = { payments: [], shipments: [], moves: [], failed: 0, ...untouched }
const back = { ...nowhere, moves: ["release", "reserve"] }
const wished = { answer: 200, end: "cancelled", reason: "cancelled on request" }
const gone: CancelTable.Outcome = {
  ...{ answer: 409, end: "fulfilled", reason: null, undone: [], failed: 0 },
  ...{ payments: ["captured"], shipments: ["booked"], moves: ["reserve", "sell"] },
  ...{ available: units - 1, reserved: 0, sold: 1 }
}

/**
 * What cancelling an order in each state must come to. The step before which it is held may have been done by an
 * attempt that nobody noted, so it is undone, too: an authorisation by a burned key, a booking by being named and
 * cancelled.
 */
const rows: Record<CancelTable.State, CancelTable.Row> = {
  placed: {
    at: "saga.reserve.forward.before",
    status: "placed",
    placing: {},
    outcome: { ...wished, ...nowhere, undone: ["reserve"] }
  },
  reserved: {
    at: "saga.authorise.forward.before",
    status: "reserved",
    placing: {},
    outcome: { ...wished, ...back, undone: ["authorise", "reserve"] }
  },
  authorised: {
    at: "saga.capture.forward.before",
    status: "authorised",
    placing: {},
    outcome: { ...wished, ...back, undone: ["capture", "authorise", "reserve"], payments: ["voided"] }
  },
  pending: {
    at: "saga.approve.forward.before",
    status: "authorised",
    placing: {},
    outcome: { ...wished, ...back, undone: ["approve", "authorise", "reserve"], payments: ["voided"] }
  },
  captured: {
    at: "saga.book.forward.before",
    status: "captured",
    placing: {},
    outcome: {
      ...{ ...wished, ...back, undone: ["book", "capture", "authorise", "reserve"] },
      ...{ payments: ["refunded"], shipments: ["cancelled"] }
    }
  },
  booked: {
    at: "saga.confirm.forward.before",
    status: "booked",
    placing: {},
    outcome: {
      ...{ ...wished, ...back, undone: ["confirm", "book", "capture", "authorise", "reserve"] },
      ...{ payments: ["refunded"], shipments: ["cancelled"] }
    }
  },
  fulfilled: { at: "saga.confirm.forward.after", status: "fulfilled", placing: {}, outcome: gone },
  cancelling: {
    at: "saga.capture.compensate.before",
    status: "cancelling",
    placing: { postcode: "00000" },
    outcome: {
      ...{ ...back, answer: 409, end: "cancelled", reason: "carrier: address_rejected" },
      ...{ undone: ["capture", "authorise", "reserve"], payments: ["refunded"] }
    }
  },
  cancelled: {
    at: null,
    status: "cancelled",
    placing: { paymentToken: "tok_declined" },
    outcome: { ...back, answer: 409, end: "cancelled", reason: "payment: declined", undone: ["reserve"] }
  }
}

/** Expected outcomes by state, and in which of their parts one that was seen is another. */
const CancelTable = {
  units,
  rows,
  differences: (expected: CancelTable.Outcome, seen: CancelTable.Outcome): ReadonlyArray<string> => {
    const parts = new Map(Object.entries(seen))
    return Object.entries(expected).flatMap(([part, value]) => {
      const [wanted, had] = [JSON.stringify(value), JSON.stringify(parts.get(part))]
      return wanted === had ? [] : [`${part} is ${had} instead of ${wanted}`]
    })
  }
} as const

export { CancelTable }
