import { Group, Text } from "@mantine/core"
import { type Order } from "@tessera/shared/order/order"
import { ChevronRight } from "lucide-react"
import { ClockText } from "../../../ui/clock-text.tsx"
import { StatusBadge } from "../../../ui/status-badge.tsx"
import { SagaLanes } from "./saga-lanes.tsx"
import { SagaRun } from "./saga-run.ts"

/** Every run of the saga: the present one open, those that were undone before it folded below. */
const SagaRuns = ({
  order,
  steps
}: {
  readonly order: Order.Model
  readonly steps: ReadonlyArray<Order.Step>
}) => {
  const [present, ...earlier] = SagaRun.of(order, steps)
  return (
    <>
      <section aria-label={`Run ${present.run}`} data-testid="run" data-run={present.run}>
        {earlier.length > 0 && (
          <Text size="sm" fw={600} px="md" pb={8}>
            Run {present.run}
          </Text>
        )}
        <SagaLanes {...present} />
      </section>
      {earlier.map((run) => (
        <EarlierRun key={run.run} run={run} />
      ))}
    </>
  )
}

const EarlierRun = ({ run }: { readonly run: SagaRun.Model }) => {
  const began = run.steps.at(0)?.startedAt
  return (
    <details className="tessera-run" data-testid="run" data-run={run.run}>
      <summary>
        <Group component="span" gap={8} wrap="nowrap">
          <ChevronRight className="tessera-chevron" size={14} aria-hidden />
          <Text size="sm" fw={600} component="span">
            Run {run.run}
          </Text>
          <StatusBadge tone="undo">Undone</StatusBadge>
        </Group>
        <Text size="xs" c="dimmed" component="span" flex={1} miw={0} style={{ overflowWrap: "anywhere" }}>
          {run.failed?.error}
        </Text>
        {began !== undefined && (
          <Text size="xs" c="dimmed" component="span">
            <ClockText at={began} />
          </Text>
        )}
      </summary>
      <SagaLanes {...run} />
    </details>
  )
}

export { SagaRuns }
