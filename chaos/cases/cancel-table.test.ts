import { describe, expect, it } from "vitest"
import { Order } from "../../packages/shared/src/order/order.ts"
import { CancelTable } from "./cancel-table.ts"

const { booked, captured, fulfilled } = CancelTable.rows

const wrong: ReadonlyArray<readonly [string, Partial<CancelTable.Outcome>, RegExp]> = [
  ["a lost undo", { undone: ["capture", "authorise", "reserve"] }, /^undone is/],
  ["undos in another order", { undone: ["book", "authorise", "capture", "reserve"] }, /^undone is/],
  ["an undo that failed", { failed: 1 }, /^failed is 1 instead of 0$/],
  ["money that was kept", { payments: ["captured"] }, /^payments is \["captured"\] instead of/],
  ["a second authorisation", { payments: ["refunded", "voided"] }, /^payments is/],
  ["a shipment that goes out", { shipments: ["booked"] }, /^shipments is/],
  ["a unit that is not back", { available: 4, reserved: 1 }, /^available is 4 instead of 5$/],
  ["another reason", { reason: "carrier: address_rejected" }, /^reason is/]
]

describe("the table of cancellations", () => {
  it("has a row for each state of an order and for the wait within one, and each is in its state", () => {
    const states = Object.keys(CancelTable.rows)

    expect(states.toSorted()).toEqual([...Order.Status.literals, "pending"].toSorted())
    for (const state of Order.Status.literals) expect(CancelTable.rows[state].status).toBe(state)
  })

  it("accepts a cancellation exactly where an order can still be undone", () => {
    for (const { outcome, status } of Object.values(CancelTable.rows)) {
      expect(outcome.answer, status).toBe(Object.hasOwn(Order.transitions[status], "undo") ? 200 : 409)
    }
  })

  it("finds no difference in what is as it should be", () => {
    for (const { outcome } of Object.values(CancelTable.rows)) {
      expect(CancelTable.differences(outcome, { ...outcome })).toEqual([])
    }
  })

  it.each(wrong)("finds %s", (_, changed, says) => {
    const differences = CancelTable.differences(captured.outcome, { ...captured.outcome, ...changed })

    expect(differences[0]).toMatch(says)
  })

  it("finds an order that was fulfilled although it was cancelled", () => {
    const differences = CancelTable.differences(booked.outcome, { ...fulfilled.outcome, answer: 200 })

    expect(differences).toContain(`end is "fulfilled" instead of "cancelled"`)
  })
})
