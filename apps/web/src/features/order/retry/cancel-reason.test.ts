import { describe, expect, it } from "vitest"
import { CancelReason } from "./cancel-reason.ts"

describe("CancelReason", () => {
  it.each([
    ["out of stock", "Out of stock", undefined],
    ["payment: declined", "The card was declined", "paymentToken"],
    ["payment: insufficient_funds", "The card has not enough money", "paymentToken"],
    ["payment: lost_card", "The payment was refused", "paymentToken"],
    ["capture: not_authorised", "The payment could not be taken", "paymentToken"],
    ["carrier: address_rejected", "The carrier does not deliver there", "postcode"],
    ["carrier: too_heavy", "The carrier refused it", "postcode"],
    ["approval: nobody decided in time", "Not approved in time", undefined],
    ["approval: rejected by ada@acme.example", "Rejected", undefined],
    ["cancelled on request", "Cancelled on request", undefined],
    ["cancelled by an operator", "Cancelled on request", undefined],
    ["book: no answer after 8 attempts", "Another system did not answer", undefined],
    ["a reason of tomorrow", "Cancelled", undefined],
    [null, "Cancelled", undefined]
  ])("says of %j: %s", (reason, title, change) => {
    const said = CancelReason.of(reason)

    expect([said.title, said.change]).toEqual([title, change])
  })
})
