import { Anchor, Grid, Group, Stack, Tabs } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { getRouteApi, Link } from "@tanstack/react-router"
import { Order } from "@tessera/shared/order/order"
import { ChevronLeft } from "lucide-react"
import { type ReactNode } from "react"
import { PageHeader } from "../../ui/page-header.tsx"
import { Panel } from "../../ui/panel.tsx"
import { QueryView } from "../../ui/query-view.tsx"
import { TimeText } from "../../ui/time-text.tsx"
import { ApprovalBanner } from "./approval/approval-banner.tsx"
import { HistoryTable } from "./history-table.tsx"
import { OrderActions } from "./order-actions.tsx"
import { OrderFacts } from "./order-facts.tsx"
import { OrderLines } from "./order-lines.tsx"
import { OrderQueries } from "./order-queries.ts"
import { OrderStatus } from "./order-status.tsx"
import { OrderTrack } from "./order-track.tsx"
import { ParcelPanel } from "./parcel/parcel-panel.tsx"
import { MoneyPanel } from "./refund/money-panel.tsx"
import { RefundPanel } from "./refund/refund-panel.tsx"
import { CancelledBanner } from "./retry/cancelled-banner.tsx"
import { SagaRuns } from "./saga/saga-runs.tsx"

const _route = getRouteApi("/app/orders/$id")

/** `/orders/:id`: one order, its lines and the saga that carries it, live. */
const OrderPage = (): ReactNode => {
  const id = Order.Id.make(_route.useParams().id)
  const query = useQuery(OrderQueries.byId(id))
  return (
    <>
      <Anchor component={Link} to="/orders" size="xs" c="dimmed">
        <Group gap={4} mb={6}>
          <ChevronLeft size={13} aria-hidden /> Orders
        </Group>
      </Anchor>
      <QueryView query={query}>{(order) => <OrderView order={order} />}</QueryView>
    </>
  )
}

const OrderView = ({ order }: { readonly order: Order.Model }) => {
  const { tab } = _route.useSearch()
  const navigate = _route.useNavigate()
  const timeline = useQuery(OrderQueries.timeline(order))
  const history = useQuery(OrderQueries.history(order.id))
  const refunds = useQuery(OrderQueries.refunds(order))
  return (
    <>
      <PageHeader
        title={
          <Group gap="sm">
            Order {order.number} <OrderStatus status={order.status} />
          </Group>
        }
        description={
          <>
            {order.customer.name}, placed <TimeText at={order.placedAt} />
          </>
        }
      >
        <OrderActions order={order} refunds={refunds.data} />
      </PageHeader>
      {order.status === "cancelled" && <CancelledBanner order={order} />}
      {order.approval !== null && (
        <ApprovalBanner order={order} approval={order.approval} history={history.data ?? []} />
      )}
      <OrderTrack status={order.status} />
      <Grid gap="md" mt="md">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Panel>
            <Tabs
              value={tab ?? "saga"}
              onChange={(to) => navigate({ search: to === "history" ? { tab: to } : {}, replace: true })}
              keepMounted={false}
            >
              <Tabs.List px="xs" mb="sm">
                <Tabs.Tab value="saga">Saga</Tabs.Tab>
                <Tabs.Tab value="history">History</Tabs.Tab>
              </Tabs.List>
              <Tabs.Panel value="saga">
                <QueryView query={timeline}>{(steps) => <SagaRuns order={order} steps={steps} />}</QueryView>
              </Tabs.Panel>
              <Tabs.Panel value="history">
                <QueryView query={history}>{(entries) => <HistoryTable entries={entries} />}</QueryView>
              </Tabs.Panel>
            </Tabs>
          </Panel>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="md">
            <MoneyPanel order={order} refunds={refunds.data} />
            {order.status === "fulfilled" && <RefundPanel order={order} refunds={refunds} />}
            <OrderFacts order={order} />
            <ParcelPanel order={order} />
            <OrderLines order={order} />
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  )
}

export { OrderPage }
