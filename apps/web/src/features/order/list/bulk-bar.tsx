import { Button, Group, Text } from "@mantine/core"
import { type Order } from "@tessera/shared/order/order"
import { Ban, Check } from "lucide-react"
import { useAction } from "../../../lib/use-action.ts"
import { usePermission } from "../../../lib/use-permission.ts"
import { ConfirmButton } from "../../../ui/confirm-button.tsx"
import { OrderQueries } from "../order-queries.ts"
import { type BulkOutcome } from "./bulk-outcome.ts"

const _orders = (count: number) => (count === 1 ? "1 order" : `${count} orders`)

/** What can be done with the selected orders; `onDone` gets the word for it and what became of each. */
const BulkBar = ({
  selected,
  onDone,
  onClear
}: {
  readonly selected: ReadonlyArray<Order.Summary>
  readonly onDone: (verb: string, outcome: BulkOutcome.Model) => void
  readonly onClear: () => void
}) => {
  const cancel = useAction(OrderQueries.cancelMany, { onDone: (outcome) => onDone("cancelled", outcome) })
  const approve = useAction(OrderQueries.approveMany, { onDone: (outcome) => onDone("approved", outcome) })
  const [mayOperate, mayManage] = [usePermission("operate"), usePermission("manage")]
  const pending = selected.filter(({ approval }) => approval === "pending")
  const isBusy = cancel.isPending || approve.isPending
  return (
    <Group
      className="tessera-bulk"
      gap="xs"
      role="region"
      aria-label="Selected orders"
      data-testid="bulk-bar"
    >
      <Text size="sm" fw={600} aria-live="polite">
        {selected.length} selected
      </Text>
      <Button
        variant="default"
        leftSection={<Check size={14} color="var(--tessera-good)" />}
        loading={approve.isPending}
        disabled={!mayManage || isBusy || pending.length === 0}
        onClick={() => approve.mutate(pending)}
      >
        {pending.length === 0 ? "Approve" : `Approve ${pending.length}`}
      </Button>
      <ConfirmButton
        label={`Cancel ${_orders(selected.length)}`}
        icon={Ban}
        question={`Cancel ${_orders(selected.length)}?`}
        consequence="Everything done so far is undone in reverse. Those that have ended are left alone."
        loading={cancel.isPending}
        disabled={!mayOperate || isBusy}
        onConfirm={() => cancel.mutate(selected)}
      />
      <Button variant="subtle" color="gray" onClick={onClear}>
        Clear
      </Button>
    </Group>
  )
}

export { BulkBar }
