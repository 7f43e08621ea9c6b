import { Button, Group, Table, Text } from "@mantine/core"
import { type Reservation } from "@tessera/shared/reservation/reservation"
import { ShoppingCart, Undo2 } from "lucide-react"
import { Format } from "../../lib/format.ts"
import { useAction } from "../../lib/use-action.ts"
import { usePermission } from "../../lib/use-permission.ts"
import { ConfirmButton } from "../../ui/confirm-button.tsx"
import { CountdownText } from "../../ui/countdown-text.tsx"
import { DataTable } from "../../ui/data-table.tsx"
import { TimeText } from "../../ui/time-text.tsx"
import { ReservationQueries } from "./reservation-queries.ts"
import { ReservationStatus } from "./reservation-status.tsx"

const _columns = [
  { label: "Units" },
  { label: "Status" },
  { label: "Since", wide: true, numeric: true },
  { label: "Actions", numeric: true, hidden: true }
] as const

/** Rows of reservations; one that is held counts down, and can be ordered or released. */
const ReservationTable = ({
  reservations,
  onOrder
}: {
  readonly reservations: ReadonlyArray<Reservation.Model>
  readonly onOrder: (reservation: Reservation.Model) => void
}) => (
  <DataTable label="Reservations" columns={_columns} minWidth={680}>
    {reservations.map((reservation) => (
      <Table.Tr
        key={reservation.id}
        data-testid="reservation-row"
        data-reservation={reservation.id}
        data-status={reservation.status}
      >
        <Table.Td>
          {reservation.lines.map(({ quantity, sku }) => (
            <Text key={sku} size="sm" className="tessera-number" ta="left">
              {Format.count(quantity)} ×{" "}
              <Text span size="xs" ff="monospace">
                {sku}
              </Text>
            </Text>
          ))}
        </Table.Td>
        <Table.Td>
          <ReservationStatus status={reservation.status} />
          {reservation.status === "held" && (
            <Text size="xs" c="dimmed" mt={2} className="tessera-number" ta="left" data-testid="time-left">
              <CountdownText until={reservation.expiresAt} /> left
            </Text>
          )}
        </Table.Td>
        <Table.Td data-wide className="tessera-number">
          <TimeText at={reservation.createdAt} />
        </Table.Td>
        <Table.Td className="tessera-number">
          {reservation.status === "held" && <Endings reservation={reservation} onOrder={onOrder} />}
        </Table.Td>
      </Table.Tr>
    ))}
  </DataTable>
)

const Endings = ({
  reservation,
  onOrder
}: {
  readonly reservation: Reservation.Model
  readonly onOrder: (reservation: Reservation.Model) => void
}) => {
  const mayOperate = usePermission("operate")
  const release = useAction(ReservationQueries.release, { done: "The units are on sale again" })
  return (
    <Group gap={6} justify="flex-end">
      <Button
        variant="default"
        size="compact-xs"
        leftSection={<ShoppingCart size={12} />}
        disabled={!mayOperate}
        onClick={() => onOrder(reservation)}
      >
        Order it
      </Button>
      <ConfirmButton
        label="Release"
        size="compact-xs"
        icon={Undo2}
        question="Release these units?"
        consequence="They are on sale again at once, and nobody can order this reservation any more."
        loading={release.isPending}
        disabled={!mayOperate}
        onConfirm={() => release.mutate(reservation.id)}
      />
    </Group>
  )
}

export { ReservationTable }
