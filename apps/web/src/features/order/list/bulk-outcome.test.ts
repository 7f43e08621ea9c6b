import { it } from "@effect/vitest"
import { Customer } from "@tessera/shared/customer/customer"
import { Money } from "@tessera/shared/money"
import { Order } from "@tessera/shared/order/order"
import { DateTime, Effect } from "effect"
import { expect } from "vitest"
import { BulkOutcome } from "./bulk-outcome.ts"

const idOf = (number: string) => `0199a000-0000-7000-8000-00000000${number}`

const order = (number: string) =>
  Order.Summary.make({
    id: Order.Id.make(idOf(number)),
    number,
    status: "placed",
    customer: { id: Customer.Id.make(idOf("0001")), name: "Ada" },
    totalMinor: Money.AmountMinor.make(1),
    currency: Money.Currency.make("EUR"),
    lineCount: 1,
    placedAt: DateTime.unsafeMake("2026-03-04T10:00:00Z"),
    reason: null,
    approval: null
  })

it.effect("says of each order what became of it, in the order of the selection", () =>
  Effect.gen(function* () {
    const act = ({ id, number }: Order.Summary) =>
      number === "1002"
        ? Effect.fail(Order.InvalidTransition.make({ id, from: "fulfilled", to: "cancelling" }))
        : Effect.void

    const { done, refused } = yield* BulkOutcome.of(["1001", "1002", "1003"].map(order), act)

    expect(done).toEqual(["1001", "1003"])
    expect(refused.map(({ number, problem }) => [number, problem.code])).toEqual([
      ["1002", "Order.InvalidTransition"]
    ])
  })
)
