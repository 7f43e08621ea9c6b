import { SimpleGrid } from "@mantine/core"
import { Dashboard } from "@tessera/shared/dashboard/dashboard"
import { Money } from "@tessera/shared/money"
import { Format } from "../../lib/format.ts"
import { StatTile } from "../../ui/stat-tile.tsx"
import { LatencyTile } from "./latency-tile.tsx"
import { RangeWords } from "./range-words.ts"

const _outcomes = ({ cancelled, fulfilled, running }: Dashboard.Model["sagas"]) =>
  `${Format.count(fulfilled)} of them, ${Format.count(cancelled)} cancelled, ${Format.count(running)} running`

const _done = ({ applied, finished, rejected }: Dashboard.Model["imports"]) =>
  `${Format.count(finished)} done: ${Format.count(applied)} applied, ${Format.count(rejected)} rejected`

const _none = "–"
const _percent = (rate: number | null) => (rate === null ? _none : Format.percent(rate))
const _took = (times: Dashboard.Percentiles, which: "p50" | "p95") =>
  times === null ? _none : Format.duration(times[which])

/** The numbers that a person looks at first: of the range in the first row, of this moment in the second. */
const DashboardTiles = ({ numbers }: { readonly numbers: Dashboard.Model }) => {
  const { currency, imports, jobs, range, revenue, sagas, sagasInFlight } = numbers
  const money = (minor: number) => Money.format(minor, currency)
  const count = Format.count
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }} spacing="md">
      <StatTile
        label="Revenue"
        value={money(revenue.netMinor)}
        hint={
          revenue.refundedMinor === 0
            ? `captured, ${RangeWords[range].long}`
            : `${money(revenue.refundedMinor)} refunded of ${money(revenue.capturedMinor)}`
        }
        testId="dashboard-revenue"
      />
      <StatTile
        label="Orders placed"
        value={count(sagas.placed)}
        hint={RangeWords[range].long}
        testId="dashboard-placed"
      />
      <StatTile
        label="Fulfilled"
        value={_percent(Dashboard.rate(sagas.fulfilled, sagas.placed))}
        hint={_outcomes(sagas)}
        testId="dashboard-conversion"
      />
      <StatTile
        label="Time to fulfil"
        value={_took(sagas.fulfilMillis, "p50")}
        hint={`median; p95 ${_took(sagas.fulfilMillis, "p95")}`}
        testId="dashboard-fulfil-time"
      />
      <StatTile
        label="Sagas in flight"
        value={count(sagasInFlight)}
        hint="orders on their way now"
        testId="dashboard-sagas"
      />
      <StatTile
        label="Imports running"
        value={count(imports.running)}
        hint={_done(imports)}
        testId="dashboard-imports"
      />
      <StatTile
        label="Jobs waiting"
        value={count(jobs.waiting)}
        hint={`${count(jobs.running)} running, ${count(jobs.dead)} dead`}
        testId="dashboard-jobs"
      />
      <LatencyTile />
    </SimpleGrid>
  )
}

export { DashboardTiles }
