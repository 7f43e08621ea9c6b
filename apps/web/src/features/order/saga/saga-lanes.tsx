import "./saga-lanes.css"
import { Text } from "@mantine/core"
import { Order } from "@tessera/shared/order/order"
import { Route } from "lucide-react"
import { NothingHere } from "../../../ui/nothing-here.tsx"
import { SagaRow } from "./saga-row.ts"
import { type SagaRun } from "./saga-run.ts"
import { StepCard } from "./step-card.tsx"

const _none = {
  ended: {
    title: "No steps were recorded",
    description: "This order ended before its steps were written down, or came from a file of the past."
  },
  open: {
    title: "The saga has not started",
    description: "The first step appears here as soon as a replica takes it; nothing to do but wait."
  }
} as const

/**
 * The saga in two lanes: forwards on the left and, on the height of each step, what undid it on the right. A
 * screen reader hears them in the order in which they happened, one lane after the other.
 */
const SagaLanes = ({
  order,
  steps
}: {
  readonly order: SagaRun.Order
  readonly steps: ReadonlyArray<Order.Step>
}) => {
  const rows = SagaRow.of(steps, order.status)
  return steps.length === 0 ? (
    <NothingHere icon={Route} {..._none[Order.isFinal(order.status) ? "ended" : "open"]} />
  ) : (
    <div className="tessera-lanes">
      <Text className="tessera-lane-head" size="xs" c="dimmed" fw={500} style={{ gridColumn: 1 }} aria-hidden>
        Forward
      </Text>
      <Text className="tessera-lane-head" size="xs" c="dimmed" fw={500} style={{ gridColumn: 2 }} aria-hidden>
        Compensation
      </Text>
      <ol className="tessera-lane" aria-label="Forward">
        {rows.map((row, index) => (
          <StepCard
            key={row.name}
            order={order}
            row={row}
            place={index + 1}
            direction="forward"
            isLast={index + 1 === rows.length}
          />
        ))}
      </ol>
      <ol className="tessera-lane" aria-label="Compensation">
        {rows
          .map((row, index) => ({ row, place: index + 1 }))
          .filter(({ row }) => row.undo.state !== "none" || SagaRow.hasUndo(row.name))
          .toReversed()
          .map(({ row, place }) => (
            <StepCard key={row.name} order={order} row={row} place={place} direction="compensate" />
          ))}
      </ol>
    </div>
  )
}

export { SagaLanes }
