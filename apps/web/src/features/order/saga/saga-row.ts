import { type Order } from "@tessera/shared/order/order"
import { SagaSide } from "./saga-side.ts"

declare namespace SagaRow {
  interface Model {
    readonly name: string
    readonly forward: SagaSide.Model
    readonly undo: SagaSide.Model
  }
}

interface _Names {
  readonly forward: string
  /** Null where nothing is done to undo it. */
  readonly undo: string | null
  /** Most orders never come there. */
  readonly isRare?: true
}

/** The steps of the saga in order; one that is new here comes last and goes by its own name. */
const _steps: Readonly<Record<string, _Names>> = {
  reserve: { forward: "Reserve stock", undo: "Release stock" },
  authorise: { forward: "Authorise payment", undo: "Void authorisation" },
  approve: { forward: "Wait for approval", undo: null, isRare: true },
  capture: { forward: "Capture payment", undo: "Refund payment" },
  book: { forward: "Book shipment", undo: "Cancel shipment" },
  confirm: { forward: "Confirm order", undo: null }
}

const _words = (name: string) => {
  const words = name.replace(/[-_.]+/g, " ").replace(/([a-z])([A-Z])/g, "$1 $2")
  return `${words.charAt(0).toUpperCase()}${words.slice(1).toLowerCase()}`
}

const _isUndone = (status: Order.Status) => status === "cancelling" || status === "cancelled"

/** The saga as rows: a step beside what undoes it. What is to come stands there too, unless it never will. */
const SagaRow = {
  of: (steps: ReadonlyArray<Order.Step>, status: Order.Status): ReadonlyArray<SagaRow.Model> => {
    const known = new Set(steps.map(({ name }) => name))
    const planned = Object.entries(_steps)
      .filter(([name, { isRare }]) => known.has(name) || !(isRare === true || _isUndone(status)))
      .map(([name]) => name)
    return [...new Set([...planned, ...known])].map((name) => {
      const side = (direction: Order.Step["direction"]) =>
        SagaSide.of(steps.filter((step) => step.name === name && step.direction === direction))
      return { name, forward: side("forward"), undo: side("compensate") }
    })
  },
  /** Whether there is something to undo once the step is done. */
  hasUndo: (name: string): boolean => _steps[name]?.undo !== null,
  title: (name: string, direction: Order.Step["direction"]): string => {
    const forward = _steps[name]?.forward ?? _words(name)
    return direction === "forward" ? forward : (_steps[name]?.undo ?? `Undo: ${forward}`)
  }
} as const

export { SagaRow }
