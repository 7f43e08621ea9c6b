import { Box, Grid, Stack } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { getRouteApi } from "@tanstack/react-router"
import { Dashboard } from "@tessera/shared/dashboard/dashboard"
import { type ReactNode, useEffect } from "react"
import { LiveStore } from "../../lib/live-store.ts"
import { useSession } from "../../lib/use-session.ts"
import { PageHeader } from "../../ui/page-header.tsx"
import { QueryView } from "../../ui/query-view.tsx"
import { DashboardQueries } from "./dashboard-queries.ts"
import { DashboardSkeleton } from "./dashboard-skeleton.tsx"
import { DashboardTiles } from "./dashboard-tiles.tsx"
import { OrderChart } from "./order-chart.tsx"
import { OrdersByStatus } from "./orders-by-status.tsx"
import { RangeControl } from "./range-control.tsx"
import { RecentEvents } from "./recent-events.tsx"
import { RevenueChart } from "./revenue-chart.tsx"
import { WebhookHealth } from "./webhook-health.tsx"

const _route = getRouteApi("/app/")

/** `/`: the tenant's numbers of a range, streamed while the page is open. */
const DashboardPage = (): ReactNode => {
  const { tenant } = useSession()
  const { range = Dashboard.initial } = _route.useSearch()
  const navigate = _route.useNavigate()
  const dashboard = useQuery(DashboardQueries.now(range))
  useEffect(() => {
    LiveStore.watchDashboard(range)
    return () => LiveStore.watchDashboard(undefined)
  }, [range])
  return (
    <>
      <PageHeader title="Dashboard" description={`${tenant.name} at this moment; times are UTC`}>
        <RangeControl value={range} onChange={(chosen) => navigate({ search: { range: chosen } })} />
      </PageHeader>
      <QueryView query={dashboard} loading={<DashboardSkeleton />}>
        {(numbers) => (
          <Box className="tessera-calm" data-stale={dashboard.isPlaceholderData}>
            <Numbers numbers={numbers} />
          </Box>
        )}
      </QueryView>
    </>
  )
}

const Numbers = ({ numbers }: { readonly numbers: Dashboard.Model }) => (
  <Stack gap="md" data-testid="dashboard" data-range={numbers.range} data-seq={numbers.seq}>
    <DashboardTiles numbers={numbers} />
    <Grid gap="md">
      <Grid.Col span={{ base: 12, lg: 6 }}>
        <RevenueChart numbers={numbers} />
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 6 }}>
        <OrderChart numbers={numbers} />
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 5 }}>
        <Stack gap="md">
          <OrdersByStatus counts={numbers.ordersByStatus} />
          <WebhookHealth webhooks={numbers.webhooks} range={numbers.range} />
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 7 }}>
        <RecentEvents />
      </Grid.Col>
    </Grid>
  </Stack>
)

export { DashboardPage }
