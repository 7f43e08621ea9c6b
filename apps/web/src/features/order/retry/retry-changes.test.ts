import { OrderRetry } from "@tessera/shared/order/order-retry"
import { expect, it } from "vitest"
import { RetryChanges } from "./retry-changes.ts"

const order = { paymentToken: "tok_declined", postcode: "12345" } as const

it.each([
  [order, {}],
  [{ ...order, paymentToken: "tok_ok" }, { paymentToken: "tok_ok" }],
  [{ ...order, postcode: "54321" }, { postcode: "54321" }],
  [
    { paymentToken: "tok_ok", postcode: "54321" },
    { paymentToken: "tok_ok", postcode: "54321" }
  ]
])("sends of %j only what is other than before", (values, changes) => {
  expect(RetryChanges.of(order, values)).toEqual(OrderRetry.Request.make(changes))
})
