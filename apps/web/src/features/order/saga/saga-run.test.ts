import { Order } from "@tessera/shared/order/order"
import { DateTime } from "effect"
import { describe, expect, it } from "vitest"
import { SagaRun } from "./saga-run.ts"

const at = DateTime.unsafeMake("2026-03-04T10:00:00Z")

const step = (run: number, name: string, more: Partial<Order.Step> = {}) =>
  Order.Step.make({
    run,
    name,
    attempt: 1,
    direction: "forward",
    replica: "replica-1",
    outcome: "succeeded",
    startedAt: at,
    endedAt: at,
    error: null,
    ...more
  })

const first = [
  step(1, "reserve"),
  step(1, "authorise", { outcome: "failed", error: "payment: declined" }),
  step(1, "reserve", { direction: "compensate" })
]
const orderOf = (run: number, status: Order.Status) => ({ run, status, approvalDueAt: at }) as const

describe("SagaRun", () => {
  it("is one run as long as nothing was tried again", () => {
    const runs = SagaRun.of(orderOf(1, "cancelled"), first)

    expect(runs.map(({ run, steps, order }) => [run, steps.length, order.status])).toEqual([
      [1, 3, "cancelled"]
    ])
  })

  it("shows the present run before its first step, and of the one before that it was undone and why", () => {
    const [present, earlier] = SagaRun.of(orderOf(2, "placed"), first)

    expect([present.run, present.steps, present.order.status]).toEqual([2, [], "placed"])
    expect([earlier?.run, earlier?.order.status, earlier?.order.approvalDueAt]).toEqual([
      1,
      "cancelled",
      null
    ])
    expect(earlier?.failed?.error).toBe("payment: declined")
  })

  it("keeps the steps of each run to itself, the newest first", () => {
    const steps = [...first, step(2, "reserve"), step(3, "reserve"), step(3, "authorise")]

    const runs = SagaRun.of(orderOf(3, "authorised"), steps)

    expect(runs.map(({ run, steps: own }) => [run, own.length])).toEqual([
      [3, 2],
      [2, 1],
      [1, 3]
    ])
  })

  it("knows no failure of a run that somebody cancelled, nor an undoing that failed on the way", () => {
    const undo = step(1, "reserve", { direction: "compensate", outcome: "failed" })

    const [, earlier] = SagaRun.of(orderOf(2, "placed"), [step(1, "reserve"), undo])

    expect(earlier?.failed).toBeUndefined()
  })

  it("shows steps of a run that the order itself does not know of yet", () => {
    const [present] = SagaRun.of(orderOf(1, "cancelled"), [...first, step(2, "reserve")])

    expect(present.steps).toHaveLength(4)
  })
})
