import { Button, Table, Text } from "@mantine/core"
import { Money } from "@tessera/shared/money"
import { type Product } from "@tessera/shared/product/product"
import { Format } from "../../lib/format.ts"
import { DataTable } from "../../ui/data-table.tsx"
import { StatusBadge } from "../../ui/status-badge.tsx"

const _columns = [
  { label: "SKU" },
  { label: "Name" },
  { label: "Price", wide: true, numeric: true },
  { label: "Available", numeric: true },
  { label: "Reserved", wide: true, numeric: true },
  { label: "Sold", wide: true, numeric: true },
  { label: "Actions", numeric: true, hidden: true }
] as const

/** Rows of products with the three parts of their stock. */
const ProductTable = ({
  products,
  mayOperate,
  onRestock
}: {
  readonly products: ReadonlyArray<Product.Model>
  readonly mayOperate: boolean
  readonly onRestock: (product: Product.Model) => void
}) => (
  <DataTable label="Products" columns={_columns} minWidth={760}>
    {products.map((product) => (
      <Table.Tr key={product.id} data-testid="product-row" data-sku={product.sku}>
        <Table.Td>
          <Text size="xs" ff="monospace" style={{ whiteSpace: "nowrap" }}>
            {product.sku}
          </Text>
        </Table.Td>
        <Table.Td>{product.name}</Table.Td>
        <Table.Td data-wide className="tessera-number">
          {Money.format(product.priceMinor, product.currency)}
        </Table.Td>
        <Table.Td className="tessera-number" data-testid="stock-available">
          {product.stock.available === 0 ? (
            <StatusBadge tone="warn">Sold out</StatusBadge>
          ) : (
            Format.count(product.stock.available)
          )}
        </Table.Td>
        <Table.Td data-wide className="tessera-number" data-testid="stock-reserved">
          {Format.count(product.stock.reserved)}
        </Table.Td>
        <Table.Td data-wide className="tessera-number" data-testid="stock-sold">
          {Format.count(product.stock.sold)}
        </Table.Td>
        <Table.Td className="tessera-number">
          <Button
            variant="default"
            size="compact-xs"
            disabled={!mayOperate}
            aria-label={`Restock ${product.sku}`}
            onClick={() => onRestock(product)}
          >
            Restock
          </Button>
        </Table.Td>
      </Table.Tr>
    ))}
  </DataTable>
)

export { ProductTable }
