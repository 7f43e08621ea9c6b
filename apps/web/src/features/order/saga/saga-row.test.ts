import { Order } from "@tessera/shared/order/order"
import { DateTime } from "effect"
import { describe, expect, it } from "vitest"
import { SagaRow } from "./saga-row.ts"
import { SagaSide } from "./saga-side.ts"

const at = DateTime.unsafeMake("2026-03-04T10:00:00Z")

const step = (name: string, attempt: number, more: Partial<Order.Step> = {}) =>
  Order.Step.make({
    name,
    attempt,
    direction: "forward",
    replica: "replica-1",
    outcome: "succeeded",
    startedAt: DateTime.add(at, { seconds: attempt }),
    endedAt: DateTime.add(at, { seconds: attempt + 2 }),
    error: null,
    ...more
  })
const names = (rows: ReadonlyArray<SagaRow.Model>) => rows.map(({ name }) => name)

describe("SagaRow", () => {
  it("shows what is to come while the order goes forward, and approval only where it is asked for", () => {
    expect(names(SagaRow.of([step("reserve", 1)], "reserved"))).toEqual([
      "reserve",
      "authorise",
      "capture",
      "book",
      "confirm"
    ])
    expect(names(SagaRow.of([step("approve", 0)], "authorised"))).toContain("approve")
  })

  it("shows only what has happened once the order is undone", () => {
    expect(names(SagaRow.of([step("reserve", 1), step("authorise", 1)], "cancelled"))).toEqual([
      "reserve",
      "authorise"
    ])
  })

  it("puts what undid a step beside it, and a step that nobody here knows at the end", () => {
    const rows = SagaRow.of(
      [step("reserve", 1), step("giftWrap", 1), step("reserve", 1, { direction: "compensate" })],
      "cancelled"
    )

    expect(rows.map(({ name, forward, undo }) => [name, forward.state, undo.state])).toEqual([
      ["reserve", "succeeded", "succeeded"],
      ["giftWrap", "succeeded", "none"]
    ])
    expect(SagaRow.title("giftWrap", "compensate")).toBe("Undo: Gift wrap")
  })
})

describe("SagaSide", () => {
  it("takes attempt 0 for the wait, and counts it into the time of the step", () => {
    const waiting = SagaSide.of([step("approve", 0, { outcome: "running", endedAt: null })])
    const over = SagaSide.of([step("approve", 0), step("approve", 1)])

    expect([waiting.state, SagaSide.millis(waiting)]).toEqual(["waiting", undefined])
    expect([over.state, SagaSide.millis(over)]).toEqual(["succeeded", 3000])
  })

  it("knows the attempt that its replica never ended", () => {
    const lost = step("book", 1, { outcome: "running", endedAt: null })
    const side = SagaSide.of([step("book", 2), lost])

    expect(side.attempts.map((attempt) => SagaSide.isLost(side, attempt))).toEqual([true, false])
  })
})
