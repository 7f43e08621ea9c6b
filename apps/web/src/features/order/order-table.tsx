import { Table, Text } from "@mantine/core"
import { Link } from "@tanstack/react-router"
import { Money } from "@tessera/shared/money"
import { type Order } from "@tessera/shared/order/order"
import { DataTable } from "../../ui/data-table.tsx"
import { TimeText } from "../../ui/time-text.tsx"
import { OrderStatus } from "./order-status.tsx"

const _columns = [
  { label: "Order" },
  { label: "Status" },
  { label: "Customer", wide: true },
  { label: "Lines", wide: true, numeric: true },
  { label: "Total", numeric: true },
  { label: "Placed", wide: true, numeric: true }
] as const

/** Rows of orders; the whole row leads to the order. */
const OrderTable = ({ orders }: { readonly orders: ReadonlyArray<Order.Summary> }) => (
  <DataTable label="Orders" columns={_columns}>
    {orders.map((order) => (
      <Table.Tr key={order.id} data-link data-testid="order-row" data-order={order.number}>
        <Table.Td>
          <Link to="/orders/$id" params={{ id: order.id }} className="tessera-link tessera-row-link">
            {order.number}
          </Link>
        </Table.Td>
        <Table.Td>
          <OrderStatus status={order.status} />
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
        <Table.Td className="tessera-number">{Money.format(order.totalMinor, order.currency)}</Table.Td>
        <Table.Td data-wide className="tessera-number">
          <Text size="sm" c="dimmed" component="span">
            <TimeText at={order.placedAt} />
          </Text>
        </Table.Td>
      </Table.Tr>
    ))}
  </DataTable>
)

export { OrderTable }
