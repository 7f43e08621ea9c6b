import { Checkbox, Group, Table, Text } from "@mantine/core"
import { Link } from "@tanstack/react-router"
import { Money } from "@tessera/shared/money"
import { type Order } from "@tessera/shared/order/order"
import { DataTable } from "../../../ui/data-table.tsx"
import { TimeText } from "../../../ui/time-text.tsx"
import { ApprovalBadge } from "../approval/approval-badge.tsx"
import { OrderStatus } from "../order-status.tsx"

const _columns = [
  { label: "Order" },
  { label: "Status" },
  { label: "Customer", wide: true },
  { label: "Lines", wide: true, numeric: true },
  { label: "Total", numeric: true },
  { label: "Placed", wide: true, numeric: true }
] as const

/** Rows of orders; the whole row leads to the order, its box selects it. */
const OrderTable = ({
  orders,
  selected,
  onSelect
}: {
  readonly orders: ReadonlyArray<Order.Summary>
  readonly selected: ReadonlySet<Order.Id>
  readonly onSelect: (ids: ReadonlyArray<Order.Id>, isSelected: boolean) => void
}) => {
  const chosen = orders.filter(({ id }) => selected.has(id)).length
  const all = (
    <Checkbox
      size="xs"
      aria-label="Select all orders shown"
      checked={chosen > 0 && chosen === orders.length}
      indeterminate={chosen > 0 && chosen < orders.length}
      onChange={(event) =>
        onSelect(
          orders.map(({ id }) => id),
          event.currentTarget.checked
        )
      }
    />
  )
  return (
    <DataTable label="Orders" columns={[{ label: "Select", head: all }, ..._columns]} minWidth={720}>
      {orders.map((order) => (
        <OrderRow
          key={order.id}
          order={order}
          isSelected={selected.has(order.id)}
          onSelect={(isSelected) => onSelect([order.id], isSelected)}
        />
      ))}
    </DataTable>
  )
}

const OrderRow = ({
  order,
  isSelected,
  onSelect
}: {
  readonly order: Order.Summary
  readonly isSelected: boolean
  readonly onSelect: (isSelected: boolean) => void
}) => (
  <Table.Tr
    data-link
    data-testid="order-row"
    data-order={order.number}
    data-selected={isSelected ? true : undefined}
  >
    <Table.Td className="tessera-select">
      <Checkbox
        size="xs"
        aria-label={`Select order ${order.number}`}
        checked={isSelected}
        onChange={(event) => onSelect(event.currentTarget.checked)}
      />
    </Table.Td>
    <Table.Td>
      <Link to="/orders/$id" params={{ id: order.id }} className="tessera-link tessera-row-link">
        {order.number}
      </Link>
    </Table.Td>
    <Table.Td>
      <Group gap={6}>
        <OrderStatus status={order.status} />
        {order.approval === "pending" && <ApprovalBadge approval="pending" />}
      </Group>
      {order.reason !== null && (
        <Text size="xs" c="dimmed" truncate maw={{ base: 130, sm: 260 }} mt={2} title={order.reason}>
          {order.reason}
        </Text>
      )}
    </Table.Td>
    <Table.Td data-wide>{order.customer.name}</Table.Td>
    <Table.Td data-wide className="tessera-number">
      {order.lineCount}
    </Table.Td>
    <Table.Td className="tessera-number">
      {Money.format(order.totalMinor, order.currency)}
      {order.refundedMinor > 0 && <Refunded order={order} />}
    </Table.Td>
    <Table.Td data-wide className="tessera-number">
      <Text size="sm" c="dimmed" component="span">
        <TimeText at={order.placedAt} />
      </Text>
    </Table.Td>
  </Table.Tr>
)

const Refunded = ({ order: { currency, refundedMinor, totalMinor } }: { readonly order: Order.Summary }) => (
  <Text
    size="xs"
    c="dimmed"
    title={`${Money.format(refundedMinor, currency)} refunded`}
    data-testid="order-refunded"
  >
    {refundedMinor < totalMinor ? "partly refunded" : "refunded"}
  </Text>
)

export { OrderTable }
