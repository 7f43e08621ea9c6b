import { type Order } from "@tessera/shared/order/order"

interface _Model {
  readonly run: number
  readonly steps: ReadonlyArray<Order.Step>
  readonly order: SagaRun.Order
  /** What made it end; none for the present run, or where somebody cancelled it between two steps. */
  readonly failed: Order.Step | undefined
}

declare namespace SagaRun {
  /** What its steps are shown by: the order as it was when the run had ended. */
  type Order = Pick<Order.Model, "status" | "approvalDueAt">
  type Model = _Model
}

const _failed = (steps: ReadonlyArray<Order.Step>) =>
  steps.findLast(({ direction, outcome }) => direction === "forward" && outcome === "failed")

const _earlier = (run: number, all: ReadonlyArray<Order.Step>): SagaRun.Model => {
  const steps = all.filter((step) => step.run === run)
  // A run is followed by another only once it was undone.
  return { run, steps, order: { status: "cancelled", approvalDueAt: null }, failed: _failed(steps) }
}

/** The runs of an order's saga, the newest first; the present one is there before its first step is. */
const SagaRun = {
  of: (
    order: SagaRun.Order & Pick<Order.Model, "run">,
    steps: ReadonlyArray<Order.Step>
  ): readonly [present: SagaRun.Model, ...earlier: ReadonlyArray<SagaRun.Model>] => {
    const earlier = [...new Set(steps.map(({ run }) => run))]
      .filter((run) => run < order.run)
      .toSorted((left, right) => right - left)
    const present = steps.filter(({ run }) => run >= order.run)
    return [
      { run: order.run, steps: present, order, failed: undefined },
      ...earlier.map((run) => _earlier(run, steps))
    ]
  }
} as const

export { SagaRun }
