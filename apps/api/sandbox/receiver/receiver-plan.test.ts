import { Option } from "effect"
import { expect, it } from "vitest"
import { ReceiverPlan } from "./receiver-plan.ts"

it.each([
  ["ok", [204, 204, 204]],
  ["error500", [500, 500, 500]],
  ["gone", [410, 410, 410]],
  ["slow", [204, 204, 204]],
  ["failTimes:2", [500, 500, 204]],
  ["failTimes:0", [204, 204, 204]]
])("answers three deliveries in mode %s", (mode, expected) => {
  let plan = Option.getOrThrow(ReceiverPlan.parse(mode))
  const statuses: Array<number> = []
  for (const _ of expected) {
    const [turn, next] = ReceiverPlan.next(plan)
    statuses.push(turn.status)
    plan = next
  }

  expect(statuses).toEqual(expected)
})

it.each(["", "failTimes:", "failTimes:-1", "failTimes:1e3", "constructor"])("knows no mode %j", (mode) => {
  expect(ReceiverPlan.parse(mode)).toEqual(Option.none())
})
