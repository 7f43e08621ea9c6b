import { Box, Button, Skeleton, Table } from "@mantine/core"
import { useDisclosure } from "@mantine/hooks"
import { type Dashboard } from "@tessera/shared/dashboard/dashboard"
import { Money } from "@tessera/shared/money"
import { ChartColumn, Table as TableIcon } from "lucide-react"
import { lazy, Suspense } from "react"
import { Format } from "../../lib/format.ts"
import { DataTable } from "../../ui/data-table.tsx"
import { Panel } from "../../ui/panel.tsx"

/** The chart's library is a fifth of the page: the numbers above it do not wait for it. */
const TrendChart = lazy(() =>
  import("../../ui/trend-chart.tsx").then((module) => ({ default: module.TrendChart }))
)

const _columns = [
  { label: "Day" },
  { label: "Revenue", numeric: true },
  { label: "Orders", numeric: true }
] as const

/** Revenue and orders of the last 30 days, as a chart or as a table with the same numbers. */
const TrendPanel = ({
  daily,
  currency
}: {
  readonly daily: Dashboard.Model["daily"]
  readonly currency: string
}) => {
  const [asTable, table] = useDisclosure(false)
  const money = (minor: number) => Money.format(minor, currency)
  return (
    <Panel
      title="Last 30 days"
      testId="dashboard-trend"
      actions={
        <Button
          variant="default"
          size="compact-xs"
          leftSection={asTable ? <ChartColumn size={13} /> : <TableIcon size={13} />}
          onClick={table.toggle}
          data-testid="dashboard-trend-toggle"
        >
          {asTable ? "View as chart" : "View as table"}
        </Button>
      }
    >
      {asTable ? (
        <Box mah={320} style={{ overflowY: "auto" }} tabIndex={0} role="region" aria-label="Daily numbers">
          <DataTable label="Revenue and orders by day" columns={_columns} minWidth={320}>
            {daily.toReversed().map(({ day, revenueMinor, orders }) => (
              <Table.Tr key={day}>
                <Table.Td>{Format.day(day)}</Table.Td>
                <Table.Td className="tessera-number">{money(revenueMinor)}</Table.Td>
                <Table.Td className="tessera-number">{Format.count(orders)}</Table.Td>
              </Table.Tr>
            ))}
          </DataTable>
        </Box>
      ) : (
        <Suspense fallback={<Skeleton height={250} m="md" mt={0} />}>
          <TrendChart
            label="Revenue and orders of the last 30 days; the table view has the same numbers"
            days={daily.map(({ day }) => day)}
            line={{ label: "Revenue", values: daily.map(({ revenueMinor }) => revenueMinor / 100) }}
            bars={{ label: "Orders", values: daily.map(({ orders }) => orders) }}
            formatLine={(value) => money(Math.round(value * 100))}
          />
        </Suspense>
      )}
    </Panel>
  )
}

export { TrendPanel }
