import { Button, Table, Text } from "@mantine/core"
import { Link } from "@tanstack/react-router"
import { StuckStep } from "@tessera/shared/stuck-step/stuck-step"
import { RotateCw, Undo2 } from "lucide-react"
import { useAction } from "../../../lib/use-action.ts"
import { usePermission } from "../../../lib/use-permission.ts"
import { DataTable } from "../../../ui/data-table.tsx"
import { TimeText } from "../../../ui/time-text.tsx"
import { OrderQueries } from "../order-queries.ts"
import { SagaRow } from "../saga/saga-row.ts"

const _columns = [
  { label: "Order" },
  { label: "Step" },
  { label: "Attempts", wide: true, numeric: true },
  { label: "Since", wide: true, numeric: true },
  { label: "Actions", numeric: true, hidden: true }
] as const

/** Rows of stuck steps with what they met last; the whole row leads to the order. */
const StuckTable = ({ steps }: { readonly steps: ReadonlyArray<StuckStep.Model> }) => (
  <DataTable label="Stuck steps" columns={_columns} minWidth={720}>
    {steps.map((step) => (
      <Table.Tr
        key={`${step.orderId} ${step.step} ${step.direction}`}
        data-link
        data-testid="stuck-row"
        data-order={step.number}
      >
        <Table.Td>
          <Link to="/orders/$id" params={{ id: step.orderId }} className="tessera-link tessera-row-link">
            {step.number}
          </Link>
        </Table.Td>
        <Table.Td>
          <Text size="sm">
            {step.direction === "compensate" && (
              <Undo2
                size={13}
                color="var(--tessera-warn)"
                style={{ marginRight: 6, verticalAlign: -2 }}
                aria-label="Undoing:"
              />
            )}
            {SagaRow.title(step.step, step.direction)}
          </Text>
          {step.error !== null && (
            <Text
              size="xs"
              truncate
              maw={{ base: 150, sm: 460 }}
              title={step.error}
              style={{ color: "var(--tessera-bad)" }}
            >
              {step.error}
            </Text>
          )}
        </Table.Td>
        <Table.Td data-wide className="tessera-number">
          {step.attempt}
        </Table.Td>
        <Table.Td data-wide className="tessera-number">
          <TimeText at={step.since} />
        </Table.Td>
        <Table.Td className="tessera-number">
          <TryNow step={step} />
        </Table.Td>
      </Table.Tr>
    ))}
  </DataTable>
)

const TryNow = ({ step }: { readonly step: StuckStep.Model }) => {
  const mayOperate = usePermission("operate")
  const retry = useAction(OrderQueries.retryStuck, { done: `Order ${step.number} is tried again` })
  return (
    <Button
      variant="default"
      size="compact-xs"
      leftSection={<RotateCw size={12} />}
      disabled={!mayOperate}
      loading={retry.isPending}
      onClick={() => retry.mutate(StuckStep.Place.make(step))}
    >
      Try now
    </Button>
  )
}

export { StuckTable }
