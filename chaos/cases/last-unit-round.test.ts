import { describe, expect, it } from "vitest"
import { LastUnitRound } from "./last-unit-round.ts"

type Buyer = Omit<LastUnitRound.Buyer, "order">

const kept: Buyer = {
  ...{ card: "tok_ok", status: "fulfilled", reason: null },
  ...{ moves: ["reserve", "sell"], payments: ["captured"], shipments: ["booked"] }
}
const missed: Buyer = {
  ...{ card: "tok_ok", status: "cancelled", reason: "out of stock" },
  ...{ moves: [], payments: [], shipments: [] }
}
const declined: Buyer = {
  ...{ card: "tok_declined", status: "cancelled", reason: "payment: declined" },
  ...{ moves: ["release", "reserve"], payments: [], shipments: [] }
}
const gone = { available: 0, reserved: 0, sold: 1 }
const left = { available: 1, reserved: 0, sold: 0 }

const allOk = LastUnitRound.plan(7, 0)
const mixture = LastUnitRound.plan(7, 3)

const judge = (
  plan: LastUnitRound.Plan,
  buyers: ReadonlyArray<Buyer>,
  stock: LastUnitRound.Seen["stock"] = gone
) =>
  LastUnitRound.judge(plan, {
    buyers: buyers.map((buyer, index) => ({ ...buyer, order: `${index}` })),
    stock
  }).join("\n")

describe("a round for the last unit", () => {
  it("is the same for the same seed, and three of four rounds have good cards only", () => {
    const plans = Array.from({ length: 200 }, (_, index) => LastUnitRound.plan(7, index))
    const good = plans.filter(({ buyers, isAllOk }) => isAllOk && buyers.every((card) => card === "tok_ok"))

    expect(plans[199]).toEqual(LastUnitRound.plan(7, 199))
    expect(good).toHaveLength(150)
    expect(new Set(plans.flatMap(({ buyers }) => buyers)).size).toBe(4)
  })

  it("is right when one of four gets it and the others are too late", () => {
    expect(judge(allOk, [missed, kept, missed, missed])).toBe("")
  })

  it("is right when whoever had it could not pay, and the others were too late", () => {
    expect(judge(mixture, [declined, missed, missed, missed], left)).toBe("")
  })

  it.each([
    ["two get it", [kept, kept, missed, missed], gone, "2 orders are fulfilled"],
    ["nobody gets it with good cards", [missed, missed, missed, missed], left, "every card was good"],
    ["nobody ever had it", [missed, missed, missed, missed], left, "nobody ever had the unit"],
    ["an order is lost", [kept, missed, missed], gone, "there are 3 orders"],
    ["one has not ended", [{ ...kept, status: "booked" }, missed, missed, missed], gone, "has not ended"],
    ["the unit is sold and still there", [kept, missed, missed, missed], left, "the stock is"],
    ["the unit stays reserved", [kept, missed, missed, missed], { ...gone, reserved: 1 }, "the stock is"],
    ["a good card gives it back", [{ ...declined, card: "tok_ok" }, kept, missed, missed], gone, "returned"],
    ["a bad card gets it", [{ ...kept, card: "tok_declined" }, missed, missed, missed], gone, "is fulfilled"],
    [
      "who missed it was charged",
      [kept, { ...missed, payments: ["captured"] }, missed, missed],
      gone,
      "its payments are [captured]"
    ],
    [
      "who missed it gets a parcel",
      [kept, { ...missed, shipments: ["booked"] }, missed, missed],
      gone,
      "its shipments are [booked]"
    ],
    [
      "who got it was charged twice",
      [{ ...kept, payments: ["captured", "captured"] }, missed, missed, missed],
      gone,
      "its payments are [captured,captured]"
    ],
    [
      "it was sold and given back",
      [{ ...kept, moves: ["release", "reserve", "sell"] }, missed, missed, missed],
      gone,
      "its moves are [release,reserve,sell]"
    ],
    [
      "one was cancelled for another reason",
      [kept, { ...missed, reason: "reserve: no answer after 6 attempts" }, missed, missed],
      gone,
      "was cancelled by: reserve"
    ]
  ] as const)("is wrong when %s", (_, buyers, stock, says) => {
    expect(judge(allOk, buyers, stock)).toContain(says)
    expect(judge(allOk, buyers, stock)).toMatch(/^round 0 \(seed 7000\): /)
  })
})
