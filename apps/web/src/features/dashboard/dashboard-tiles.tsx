import { SimpleGrid } from "@mantine/core"
import { type Dashboard } from "@tessera/shared/dashboard/dashboard"
import { Money } from "@tessera/shared/money"
import { Format } from "../../lib/format.ts"
import { StatTile } from "../../ui/stat-tile.tsx"

/** The four numbers that a person looks at first. */
const DashboardTiles = ({ numbers }: { readonly numbers: Dashboard.Model }) => (
  <SimpleGrid cols={{ base: 2, md: 4 }} spacing="md">
    <StatTile
      label="Revenue today"
      value={Money.format(numbers.revenueTodayMinor, numbers.currency)}
      hint="captured minus refunded, UTC"
      testId="dashboard-revenue-today"
    />
    <StatTile
      label="Orders today"
      value={Format.count(numbers.ordersToday)}
      hint="placed since midnight UTC"
      testId="dashboard-orders-today"
    />
    <StatTile
      label="Sagas in flight"
      value={Format.count(numbers.sagasInFlight)}
      hint="orders on their way"
      testId="dashboard-sagas"
    />
    <StatTile
      label="Imports running"
      value={Format.count(numbers.importsRunning)}
      hint="files being read or written"
      testId="dashboard-imports"
    />
  </SimpleGrid>
)

export { DashboardTiles }
