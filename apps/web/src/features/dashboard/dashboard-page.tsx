import { Grid, Stack } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { type ReactNode, useEffect } from "react"
import { LiveStore } from "../../lib/live-store.ts"
import { useSession } from "../../lib/use-session.ts"
import { PageHeader } from "../../ui/page-header.tsx"
import { QueryView } from "../../ui/query-view.tsx"
import { DashboardQueries } from "./dashboard-queries.ts"
import { DashboardSkeleton } from "./dashboard-skeleton.tsx"
import { DashboardTiles } from "./dashboard-tiles.tsx"
import { OrdersByStatus } from "./orders-by-status.tsx"
import { RecentEvents } from "./recent-events.tsx"
import { TrendPanel } from "./trend-panel.tsx"
import { WebhookHealth } from "./webhook-health.tsx"

/** `/`: the tenant's numbers of the moment, streamed while the page is open. */
const DashboardPage = (): ReactNode => {
  const { tenant } = useSession()
  const dashboard = useQuery(DashboardQueries.now)
  useEffect(() => {
    LiveStore.watchDashboard(true)
    return () => LiveStore.watchDashboard(false)
  }, [])
  return (
    <>
      <PageHeader title="Dashboard" description={`${tenant.name} at this moment`} />
      <QueryView query={dashboard} loading={<DashboardSkeleton />}>
        {(numbers) => (
          <Stack gap="md">
            <DashboardTiles numbers={numbers} />
            <TrendPanel daily={numbers.daily} currency={numbers.currency} />
            <Grid gap="md">
              <Grid.Col span={{ base: 12, md: 5 }}>
                <Stack gap="md">
                  <OrdersByStatus counts={numbers.ordersByStatus} />
                  <WebhookHealth webhooks={numbers.webhooks} />
                </Stack>
              </Grid.Col>
              <Grid.Col span={{ base: 12, md: 7 }}>
                <RecentEvents />
              </Grid.Col>
            </Grid>
          </Stack>
        )}
      </QueryView>
    </>
  )
}

export { DashboardPage }
