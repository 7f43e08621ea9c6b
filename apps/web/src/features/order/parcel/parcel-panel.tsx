import { Box, Button, Group, Text } from "@mantine/core"
import { useDisclosure } from "@mantine/hooks"
import { type Order } from "@tessera/shared/order/order"
import { type Shipment } from "@tessera/shared/shipment/shipment"
import { CopyText } from "../../../ui/copy-text.tsx"
import { Panel } from "../../../ui/panel.tsx"
import { StatusBadge } from "../../../ui/status-badge.tsx"
import { OrderUnits } from "../order-units.ts"

const _looks = {
  booked: { tone: "good", label: "Booked" },
  cancelled: { tone: "undo", label: "Cancelled" }
} as const satisfies Record<Shipment.Status, { readonly tone: StatusBadge.Tone; readonly label: string }>

/** Shown at once; an order may have 200. */
const _first = 5

/** What is in which parcel, and where it is; an order in one parcel has its tracking among its facts. */
const ParcelPanel = ({ order }: { readonly order: Order.Model }) => {
  const [isWhole, whole] = useDisclosure(false)
  const { parcels } = order
  const isLong = parcels.length > _first && !isWhole
  return (
    parcels.length > 1 && (
      <Panel
        title={`${parcels.length} parcels`}
        actions={
          isLong && (
            <Button variant="subtle" size="compact-xs" onClick={whole.open}>
              Show all
            </Button>
          )
        }
        testId="parcels"
      >
        <Box component="ol" m={0} p={0} style={{ listStyle: "none" }} aria-label="Parcels">
          {parcels.slice(0, isLong ? _first : parcels.length).map((parcel) => (
            <Parcel key={parcel.parcel} order={order} parcel={parcel} />
          ))}
        </Box>
        {isLong && (
          <Text size="xs" c="dimmed" px="md" pb={10}>
            and {parcels.length - _first} more
          </Text>
        )}
      </Panel>
    )
  )
}

const Parcel = ({ order, parcel }: { readonly order: Order.Model; readonly parcel: Shipment.Parcel }) => {
  const { label, tone } = _looks[parcel.status]
  return (
    <Box
      component="li"
      px="md"
      py={9}
      style={{ borderTop: "1px solid var(--tessera-line)" }}
      data-testid="parcel"
      data-status={parcel.status}
    >
      <Group justify="space-between" gap="xs">
        <Group gap={8}>
          <Text size="sm" fw={600} component="span">
            Parcel {parcel.parcel}
          </Text>
          <StatusBadge tone={tone}>{label}</StatusBadge>
        </Group>
        <CopyText value={parcel.trackingCode} label={`tracking code of parcel ${parcel.parcel}`} short={14} />
      </Group>
      <Text size="xs" c="dimmed" mt={2}>
        {OrderUnits.text(order, parcel.lines)}
      </Text>
    </Box>
  )
}

export { ParcelPanel }
