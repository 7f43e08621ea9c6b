import { Group, Text } from "@mantine/core"
import { type Order } from "@tessera/shared/order/order"
import { Check, CircleDashed, Hourglass, LoaderCircle, Undo2, X } from "lucide-react"
import { Format } from "../../../lib/format.ts"
import { SagaRow } from "./saga-row.ts"
import { type SagaRun } from "./saga-run.ts"
import { SagaSide } from "./saga-side.ts"
import { StepAttempts } from "./step-attempts.tsx"
import { StepWait } from "./step-wait.tsx"

type _Direction = Order.Step["direction"]
type _Style = { readonly [name: `--${string}`]: string | number }

const _looks = {
  none: { icon: CircleDashed, color: "var(--tessera-quiet)", word: "" },
  waiting: { icon: Hourglass, color: "var(--tessera-warn)", word: "waiting" },
  running: { icon: LoaderCircle, color: "var(--tessera-busy)", word: "running" },
  succeeded: { icon: Check, color: "var(--tessera-good)", word: "done" },
  failed: { icon: X, color: "var(--tessera-bad)", word: "failed" }
} as const satisfies Record<SagaSide.State, unknown>
const _undone = { icon: Undo2, color: "var(--tessera-warn)", word: "undone" } as const

const _look = (state: SagaSide.State, direction: _Direction) =>
  direction === "compensate" && state === "succeeded" ? _undone : _looks[state]

/** Why there is nothing to show of an undoing, by where the order is. */
const _idle: Partial<Record<Order.Status, string>> = {
  fulfilled: "not needed",
  cancelling: "nothing to undo",
  cancelled: "nothing to undo"
}

const _reason = (status: Order.Status, { forward }: SagaRow.Model, direction: _Direction) => {
  const isNext = status === "cancelling" && forward.state === "succeeded"
  const undo = isNext ? "waits for its turn" : (_idle[status] ?? "only if needed")
  return direction === "forward" ? "to come" : undo
}

/** One step in one direction: what became of it, for how long, and on which replicas. */
const StepCard = ({
  order,
  row,
  direction,
  place,
  isLast = false
}: {
  readonly order: SagaRun.Order
  readonly row: SagaRow.Model
  readonly direction: _Direction
  /** Its row in both lanes, from 1. */
  readonly place: number
  readonly isLast?: boolean
}) => {
  const side = direction === "forward" ? row.forward : row.undo
  const { icon: Icon, color, word } = _look(side.state, direction)
  const millis = SagaSide.millis(side)
  const isNone = side.state === "none"
  const shown: _Style = { "--row": place, "--step": color }
  return (
    <li
      className="tessera-step"
      style={shown}
      data-testid={isNone ? "timeline-later" : "timeline-step"}
      data-direction={direction}
      data-outcome={side.state}
      data-step={row.name}
      data-last={isLast ? true : undefined}
    >
      <Group gap={8} wrap="nowrap" align="flex-start">
        <Icon size={15} color={color} style={{ marginTop: 2 }} aria-hidden />
        <Text size="sm" flex={1} {...(isNone ? { c: "dimmed" } : { fw: 600 })}>
          {SagaRow.title(row.name, direction)}
        </Text>
        <Text size="xs" c="dimmed" mt={1} style={{ whiteSpace: "nowrap" }}>
          {isNone ? _reason(order.status, row, direction) : millis !== undefined && Format.duration(millis)}
        </Text>
      </Group>
      {side.wait !== undefined && <StepWait wait={side.wait} order={order} />}
      {side.attempts.length > 0 && <StepAttempts side={side} word={word} />}
    </li>
  )
}

export { StepCard }
