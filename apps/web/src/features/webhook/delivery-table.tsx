import { Table, Text, UnstyledButton } from "@mantine/core"
import { type Webhook } from "@tessera/shared/webhook/webhook"
import { DataTable } from "../../ui/data-table.tsx"
import { TimeText } from "../../ui/time-text.tsx"
import { DeliveryStatus } from "./delivery-status.tsx"

const _columns = [
  { label: "Event" },
  { label: "Status" },
  { label: "Answer", numeric: true },
  { label: "Attempts", wide: true, numeric: true },
  { label: "Next attempt", wide: true, numeric: true },
  { label: "Created", wide: true, numeric: true }
] as const

/** Rows of deliveries; a row opens its attempts. */
const DeliveryTable = ({
  deliveries,
  onOpen
}: {
  readonly deliveries: ReadonlyArray<Webhook.Delivery>
  readonly onOpen: (id: Webhook.DeliveryId) => void
}) => (
  <DataTable label="Deliveries" columns={_columns} minWidth={720}>
    {deliveries.map((delivery) => (
      <Table.Tr key={delivery.id} data-link data-testid="delivery-row" data-status={delivery.status}>
        <Table.Td>
          <UnstyledButton fz="sm" fw={600} onClick={() => onOpen(delivery.id)} className="tessera-row-button">
            {delivery.type}
          </UnstyledButton>
          <Text size="xs" c="dimmed" ff="monospace">
            {delivery.messageId}
          </Text>
        </Table.Td>
        <Table.Td>
          <DeliveryStatus status={delivery.status} />
        </Table.Td>
        <Table.Td className="tessera-number">{delivery.lastStatusCode ?? "None"}</Table.Td>
        <Table.Td data-wide className="tessera-number">
          {delivery.attempts}
        </Table.Td>
        <Table.Td data-wide className="tessera-number">
          {delivery.nextAttemptAt !== null && <TimeText at={delivery.nextAttemptAt} />}
        </Table.Td>
        <Table.Td data-wide className="tessera-number">
          <Text size="sm" c="dimmed" component="span">
            <TimeText at={delivery.createdAt} />
          </Text>
        </Table.Td>
      </Table.Tr>
    ))}
  </DataTable>
)

export { DeliveryTable }
