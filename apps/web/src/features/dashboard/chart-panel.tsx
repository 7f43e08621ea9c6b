import { Box, Button, Group, Skeleton } from "@mantine/core"
import { useDisclosure } from "@mantine/hooks"
import { type Dashboard } from "@tessera/shared/dashboard/dashboard"
import { DateTime } from "effect"
import { ChartColumn, Table as TableIcon } from "lucide-react"
import { lazy, Suspense } from "react"
import { NothingHere } from "../../ui/nothing-here.tsx"
import { Panel } from "../../ui/panel.tsx"
import { type TimeSeries } from "../../ui/time-series.ts"
import { BucketTable } from "./bucket-table.tsx"
import { RangeWords } from "./range-words.ts"

/** The chart's library is a fifth of the page: the numbers above it do not wait for it. */
const TimeChart = lazy(() =>
  import("../../ui/time-chart.tsx").then((module) => ({ default: module.TimeChart }))
)

declare namespace ChartPanel {
  interface Props extends Pick<TimeSeries.Props, "format" | "series" | "total" | "unit"> {
    readonly name: string
    readonly title: string
    readonly summary: string
    readonly numbers: Dashboard.Model
    readonly isEmpty: boolean
    readonly empty: string
  }
}

/** A course over the range as a chart or as a table with the same numbers, equally high. */
const ChartPanel = ({ name, title, summary, numbers, isEmpty, empty, ...chart }: ChartPanel.Props) => {
  const [asTable, table] = useDisclosure(false)
  const words = RangeWords[numbers.range].long
  const times = numbers.buckets.map(({ from }) => DateTime.toEpochMillis(from))
  const drawn = asTable ? (
    <BucketTable
      label={`${title}, ${words}`}
      times={times}
      bucketSeconds={numbers.bucketSeconds}
      {...chart}
    />
  ) : (
    <Suspense fallback={<Skeleton height="100%" />}>
      <TimeChart
        key={numbers.range}
        label={`${summary}, ${words}; the table view has the same numbers`}
        times={times}
        bucketSeconds={numbers.bucketSeconds}
        {...chart}
      />
    </Suspense>
  )
  return (
    <Panel
      title={title}
      testId={`dashboard-chart-${name}`}
      actions={
        <Button
          variant="default"
          size="compact-xs"
          leftSection={asTable ? <ChartColumn size={13} /> : <TableIcon size={13} />}
          onClick={table.toggle}
          disabled={isEmpty}
          data-testid={`dashboard-chart-${name}-toggle`}
        >
          {asTable ? "View as chart" : "View as table"}
        </Button>
      }
    >
      <Box px="md" pb="md" h={270}>
        {isEmpty ? (
          <Group h="100%" justify="center">
            <NothingHere icon={ChartColumn} title={empty} description={`Nothing in the ${words}.`} />
          </Group>
        ) : (
          drawn
        )}
      </Box>
    </Panel>
  )
}

export { ChartPanel }
