import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core"
import { type Approval } from "@tessera/shared/approval/approval"
import { Money } from "@tessera/shared/money"
import { type Order } from "@tessera/shared/order/order"
import { useState } from "react"
import { useAction } from "../../../lib/use-action.ts"
import { OrderQueries } from "../order-queries.ts"

const _words = {
  approve: { verb: "Approve", color: "indigo", done: "approved" },
  reject: { verb: "Reject", color: "red.9", done: "rejected" }
} as const satisfies Record<Approval.Verdict, unknown>

/** Asks once more, and for a note; a decision is never taken back. */
const DecideDialog = ({
  order,
  verdict,
  onClose
}: {
  readonly order: Order.Model
  readonly verdict: Approval.Verdict | null
  readonly onClose: () => void
}) => (
  <Modal
    opened={verdict !== null}
    onClose={onClose}
    title={`${verdict === null ? "" : _words[verdict].verb} order ${order.number}?`}
  >
    {verdict !== null && <DecideForm order={order} verdict={verdict} onClose={onClose} />}
  </Modal>
)

const DecideForm = ({
  order,
  verdict,
  onClose
}: {
  readonly order: Order.Model
  readonly verdict: Approval.Verdict
  readonly onClose: () => void
}) => {
  const [note, setNote] = useState("")
  const { color, done, verb } = _words[verdict]
  const total = Money.format(order.totalMinor, order.currency)
  const consequence = {
    approve: `${total} of ${order.customer.name} are captured, and the shipment is booked.`,
    reject: `Everything done so far is undone: ${total} are not taken, the stock is released.`
  }
  const decide = useAction(OrderQueries.decide, { done: `Order ${order.number} ${done}`, onDone: onClose })
  return (
    <Stack gap="sm">
      <Text size="sm">{consequence[verdict]} This cannot be taken back.</Text>
      <Textarea
        label="Note"
        description="Kept in the order's history"
        placeholder="Optional"
        data-autofocus
        autosize
        minRows={2}
        maxLength={500}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
        <Button
          color={color}
          loading={decide.isPending}
          onClick={() => decide.mutate({ id: order.id, verdict, note: note.trim() })}
          data-testid="decide"
        >
          {verb}
        </Button>
      </Group>
    </Stack>
  )
}

export { DecideDialog }
