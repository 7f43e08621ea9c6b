import { Table, Text } from "@mantine/core"
import { Money } from "@tessera/shared/money"
import { type Order } from "@tessera/shared/order/order"
import { Format } from "../../lib/format.ts"
import { DataTable } from "../../ui/data-table.tsx"
import { Panel } from "../../ui/panel.tsx"

const _columns = [
  { label: "Product" },
  { label: "Quantity", numeric: true },
  { label: "Price", numeric: true },
  { label: "Sum", numeric: true }
] as const

/** The lines of one order with the prices of the moment it was placed. */
const OrderLines = ({ order }: { readonly order: Order.Model }) => (
  <Panel title={order.lines.length === 1 ? "1 line" : `${order.lines.length} lines`}>
    <DataTable label="Lines" columns={_columns} minWidth={320}>
      {order.lines.map((line) => (
        <Table.Tr key={line.productId}>
          <Table.Td>
            {line.name}
            <Text size="xs" c="dimmed">
              {line.sku}
            </Text>
          </Table.Td>
          <Table.Td className="tessera-number">{Format.count(line.quantity)}</Table.Td>
          <Table.Td className="tessera-number">{Money.format(line.unitPriceMinor, order.currency)}</Table.Td>
          <Table.Td className="tessera-number">
            {Money.format(line.unitPriceMinor * line.quantity, order.currency)}
          </Table.Td>
        </Table.Tr>
      ))}
    </DataTable>
  </Panel>
)

export { OrderLines }
