import { expect, it } from "vitest"
import { PaymentToken } from "./payment-token.ts"

it.each([
  ["tok_ok", { verdict: "authorised", flakyPercent: 0, holdMillis: 0 }],
  ["tok_declined", { verdict: "declined" }],
  ["tok_insufficient_funds", { verdict: "insufficient_funds" }],
  ["tok_timeout", { verdict: "authorised", holdMillis: 30_000 }],
  ["tok_flaky_0", { verdict: "authorised", flakyPercent: 0 }],
  ["tok_flaky_100", { verdict: "authorised", flakyPercent: 100 }],
  ["tok_flaky_101", { verdict: "unknown_token" }],
  ["tok_flaky_", { verdict: "unknown_token" }],
  ["toString", { verdict: "unknown_token" }],
  ["", { verdict: "unknown_token" }]
])("reads %j", (token, behaviour) => {
  expect(PaymentToken.behaviour(token)).toMatchObject(behaviour)
})
