import { type Order } from "@tessera/shared/order/order"
import { DateTime } from "effect"

/** What became of one step in one direction: the wait before it, and its attempts, the newest last. */
interface _Model {
  readonly wait: Order.Step | undefined
  readonly attempts: ReadonlyArray<Order.Step>
  readonly state: SagaSide.State
}

declare namespace SagaSide {
  type Model = _Model
  /** `none`: nothing has happened yet, and perhaps never will. */
  type State = "none" | "waiting" | "running" | "succeeded" | "failed"
}

const _now = (wait: Order.Step | undefined): SagaSide.State =>
  wait?.outcome === "running" ? "waiting" : wait === undefined ? "none" : "running"

/** The timeline's entries of one step in one direction, put together; its attempt 0 is the wait. */
const SagaSide = {
  of: (steps: ReadonlyArray<Order.Step>): SagaSide.Model => {
    const wait = steps.find(({ attempt }) => attempt === 0)
    const attempts = steps
      .filter(({ attempt }) => attempt > 0)
      .toSorted((left, right) => left.attempt - right.attempt)
    return { wait, attempts, state: attempts.at(-1)?.outcome ?? _now(wait) }
  },
  /** From the beginning of the wait, or of the first attempt, to the end of the last one, if there is one. */
  millis: ({ attempts, wait }: SagaSide.Model): number | undefined => {
    const [first, last] = [wait ?? attempts.at(0), attempts.at(-1)]
    return first === undefined || last?.endedAt == null
      ? undefined
      : DateTime.distance(first.startedAt, last.endedAt)
  },
  /** A replica that dies leaves its attempt running; the next attempt says that nobody waits for it. */
  isLost: ({ attempts }: SagaSide.Model, step: Order.Step): boolean =>
    step.outcome === "running" && attempts.at(-1) !== step
} as const

export { SagaSide }
