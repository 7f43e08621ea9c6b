import { Money } from "@tessera/shared/money"
import { Order } from "@tessera/shared/order/order"
import { Product } from "@tessera/shared/product/product"
import { Refund } from "@tessera/shared/refund/refund"
import { DateTime, Option } from "effect"
import { describe, expect, it } from "vitest"
import { OrderMoney } from "./order-money.ts"
import { RefundPlan } from "./refund-plan.ts"
import { RefundUnits } from "./refund-units.ts"

const idOf = (number: number) => `0199a000-0000-7000-8000-00000000000${number}`
const skuOf = (sku: string) => Product.Sku.make(sku)
const amountOf = (minor: number) => Money.AmountMinor.make(minor)
const at = DateTime.unsafeMake("2026-03-04T10:00:00Z")

const line = (sku: string, quantity: number, price: number) =>
  Order.Line.make({
    productId: Product.Id.make(idOf(1)),
    sku: skuOf(sku),
    name: `The ${sku}`,
    quantity,
    unitPriceMinor: amountOf(price)
  })

/** 2 × 10.00, 1 × 15.00, and one more of the first for 8.00: 43.00. */
const order = {
  status: "fulfilled",
  totalMinor: amountOf(4300),
  refundedMinor: amountOf(0),
  currency: Money.Currency.make("EUR"),
  lines: [line("TEA", 2, 1000), line("MUG", 1, 1500), line("TEA", 1, 800)]
} as const satisfies Parameters<typeof RefundPlan.of>[0]

const refund = (
  status: Refund.Status,
  amount: number,
  returns: ReadonlyArray<readonly [sku: string, quantity: number]> = []
) =>
  Refund.Model.make({
    id: Refund.Id.make(idOf(2)),
    orderId: Order.Id.make(idOf(3)),
    status,
    amountMinor: amountOf(amount),
    currency: order.currency,
    returns: returns.map(([sku, quantity]) => ({ sku: skuOf(sku), quantity })),
    note: null,
    requestedBy: "owner@acme.example",
    requestedAt: at,
    endedAt: null,
    failure: null
  })

const draft = (more: Partial<RefundPlan.Draft> = {}) => ({ ...RefundPlan.start, ...more })

describe("OrderMoney", () => {
  it("counts what is under way as gone, and what was refused as kept", () => {
    const refunds = [refund("paid", 1000), refund("requested", 300), refund("refused", 2000)]

    expect(OrderMoney.of(order, refunds)).toEqual({
      paidMinor: 4300,
      refundedMinor: 1000,
      underWayMinor: 300,
      keptMinor: 3000
    })
  })

  it("believes the order until its refunds are there", () => {
    expect(OrderMoney.of({ ...order, refundedMinor: amountOf(700) }, undefined).keptMinor).toBe(3600)
  })

  it.each(Order.Status.literals)(
    "never keeps money that was not captured or was given back: %s",
    (status) => {
      const isPaid = ["captured", "booked", "fulfilled"].includes(status)

      expect(OrderMoney.of({ ...order, status }, []).paidMinor).toBe(isPaid ? 4300 : 0)
    }
  )
})

describe("RefundUnits", () => {
  it("puts lines of one product together, less what came back or is on its way", () => {
    const refunds = [
      refund("paid", 0, [["TEA", 1]]),
      refund("requested", 0, [["MUG", 1]]),
      refund("refused", 0, [["TEA", 2]])
    ]

    expect(
      RefundUnits.of(order, refunds).map(({ sku, ordered, returned, returnable }) => [
        sku,
        ordered,
        returned,
        returnable
      ])
    ).toEqual([
      ["TEA", 3, 1, 2],
      ["MUG", 1, 1, 0]
    ])
  })

  it("gives each unit the price of its own line, those that came back before left out", () => {
    const [tea] = RefundUnits.of(order, [])
    const [later] = RefundUnits.of(order, [refund("paid", 0, [["TEA", 1]])])

    expect([1, 2, 3].map((count) => tea!.valueOf(count))).toEqual([1000, 2000, 2800])
    expect([1, 2].map((count) => later!.valueOf(count))).toEqual([1000, 1800])
  })
})

describe("RefundPlan", () => {
  it("begins with all that is left and no unit", () => {
    const plan = RefundPlan.of(order, [refund("paid", 300)], draft())

    expect([plan.amountText, plan.count, plan.amount]).toEqual(["40.00", 0, Option.some(4000)])
  })

  it("follows the units that come back until an amount is typed", () => {
    const counts = { TEA: 1, MUG: 1 }

    expect(RefundPlan.of(order, [], draft({ counts })).amountText).toBe("25.00")
    expect(RefundPlan.of(order, [], draft({ counts, amount: "20" })).amount).toEqual(Option.some(2000))
  })

  it("suggests no more than what is left, whatever the units were sold for", () => {
    const plan = RefundPlan.of(order, [refund("paid", 4000)], draft({ counts: { MUG: 1 } }))

    expect([plan.suggestedMinor, plan.amountText]).toEqual([300, "3.00"])
  })

  it("takes all units at once, for what they were sold for, and forgets a typed amount", () => {
    const refunds = [refund("paid", 1000, [["TEA", 1]])]
    const all = RefundPlan.allBack(draft({ amount: "1" }), RefundUnits.of(order, refunds))

    const plan = RefundPlan.of(order, refunds, all)

    expect([plan.count, plan.amountText]).toEqual([3, "33.00"])
  })

  it("cuts what was chosen to what another refund has left of it", () => {
    const chosen = draft({ counts: { TEA: 3 } })

    const plan = RefundPlan.of(order, [refund("requested", 1000, [["TEA", 2]])], chosen)

    expect([plan.count, plan.amountText]).toEqual([1, "8.00"])
  })

  it.each([
    ["", "Enter an amount such as 12.50"],
    ["12.345", "Enter an amount such as 12.50"],
    ["0", "At least 0.01"],
    ["43.01", "At most €43.00 is left"]
  ])("says what is wrong with %j", (amount, problem) => {
    const plan = RefundPlan.of(order, [], draft({ amount }))

    expect([plan.problem, plan.amount]).toEqual([problem, Option.none()])
  })

  it("takes exactly what is left, and one cent", () => {
    const amounts = ["43.00", "0.01"].map((amount) => RefundPlan.of(order, [], draft({ amount })).amount)

    expect(amounts).toEqual([Option.some(4300), Option.some(1)])
  })

  it("sends the amount that was seen, only units that come back, and no empty note", () => {
    const plan = RefundPlan.of(order, [], draft({ counts: { TEA: 2, MUG: 0 } }))

    expect(RefundPlan.request(plan, 2000, "  ")).toEqual(
      Refund.Request.make({ amountMinor: amountOf(2000), returns: [{ sku: skuOf("TEA"), quantity: 2 }] })
    )
    expect(RefundPlan.request(plan, 1, " broken ").note).toBe("broken")
  })
})
