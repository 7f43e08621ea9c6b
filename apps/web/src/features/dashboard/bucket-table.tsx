import { Box, Table } from "@mantine/core"
import { Format } from "../../lib/format.ts"
import { DataTable } from "../../ui/data-table.tsx"
import { type TimeSeries } from "../../ui/time-series.ts"

/** What a chart shows, in words and figures, the newest first. */
const BucketTable = ({
  label,
  times,
  bucketSeconds,
  series,
  total,
  format
}: Pick<TimeSeries.Props, "bucketSeconds" | "format" | "label" | "series" | "times" | "total">) => {
  const rows = times
    .map((from, place) => ({ from, values: series.map(({ values }) => values[place] ?? 0) }))
    .toReversed()
  const columns = [...series.map((one) => one.label), ...(total === undefined ? [] : [total])]
  return (
    <Box mah="100%" style={{ overflowY: "auto" }} mx="calc(-1 * var(--mantine-spacing-md))">
      <DataTable
        label={label}
        columns={[{ label: "Time, UTC" }, ...columns.map((name) => ({ label: name, numeric: true }))]}
        minWidth={320}
      >
        {rows.map(({ from, values }) => (
          <Table.Tr key={from}>
            <Table.Td style={{ whiteSpace: "nowrap" }}>{Format.span(from, bucketSeconds)}</Table.Td>
            {series.map((one, place) => (
              <Table.Td key={one.label} className="tessera-number">
                {format(values[place] ?? 0)}
              </Table.Td>
            ))}
            {total !== undefined && (
              <Table.Td className="tessera-number">
                {format(values.reduce((sum, value) => sum + value, 0))}
              </Table.Td>
            )}
          </Table.Tr>
        ))}
      </DataTable>
    </Box>
  )
}

export { BucketTable }
