import { Group, Select, Text } from "@mantine/core"
import { useDebouncedValue } from "@mantine/hooks"
import { useQuery } from "@tanstack/react-query"
import { Money } from "@tessera/shared/money"
import { type ReactNode, useState } from "react"
import { CatalogueQueries } from "../lib/catalogue-queries.ts"
import { Format } from "../lib/format.ts"

/** Finds a product by SKU or name on the server; the catalogue may hold more than a browser wants. */
const SkuPicker = ({
  label,
  value,
  error,
  onChange
}: {
  readonly label: string
  readonly value: string
  readonly error: ReactNode
  readonly onChange: (sku: string) => void
}) => {
  const [words, setWords] = useState("")
  const [search] = useDebouncedValue(words.split(" · ")[0] ?? "", 200)
  const { data, isFetching } = useQuery(CatalogueQueries.matching(search))
  const products = new Map((data?.items ?? []).map((product) => [String(product.sku), product]))
  const options = [...products.values()].map(({ sku, name }) => ({
    value: String(sku),
    label: `${sku} · ${name}`
  }))
  const chosen = value === "" || products.has(value) ? [] : [{ value, label: value }]
  return (
    <Select
      label={label}
      flex={1}
      searchable
      placeholder="SKU or name"
      data={[...chosen, ...options]}
      filter={({ options: found }) => found}
      nothingFoundMessage={isFetching ? "Searching" : "No such product"}
      value={value === "" ? null : value}
      error={error === undefined ? undefined : "Choose a product"}
      searchValue={words}
      onSearchChange={setWords}
      onChange={(sku) => onChange(sku ?? "")}
      renderOption={({ option }) => {
        const product = products.get(option.value)
        return (
          <Group justify="space-between" flex={1} wrap="nowrap" gap="xs">
            <Text size="sm" truncate>
              {option.label}
            </Text>
            {product !== undefined && (
              <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
                {Money.format(product.priceMinor, product.currency)} ·{" "}
                {Format.compact(product.stock.available)} left
              </Text>
            )}
          </Group>
        )
      }}
    />
  )
}

export { SkuPicker }
