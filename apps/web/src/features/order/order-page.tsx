import { Anchor, Grid, Group, Stack, Tabs } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { getRouteApi, Link } from "@tanstack/react-router"
import { Order } from "@tessera/shared/order/order"
import { Ban, ChevronLeft } from "lucide-react"
import { type ReactNode } from "react"
import { useAction } from "../../lib/use-action.ts"
import { usePermission } from "../../lib/use-permission.ts"
import { ConfirmButton } from "../../ui/confirm-button.tsx"
import { PageHeader } from "../../ui/page-header.tsx"
import { Panel } from "../../ui/panel.tsx"
import { QueryView } from "../../ui/query-view.tsx"
import { TimeText } from "../../ui/time-text.tsx"
import { ApprovalBanner } from "./approval/approval-banner.tsx"
import { HistoryTable } from "./history-table.tsx"
import { OrderFacts } from "./order-facts.tsx"
import { OrderLines } from "./order-lines.tsx"
import { OrderQueries } from "./order-queries.ts"
import { OrderStatus } from "./order-status.tsx"
import { OrderTrack } from "./order-track.tsx"
import { SagaLanes } from "./saga/saga-lanes.tsx"

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
  const cancel = useAction(OrderQueries.cancel, { done: `Order ${order.number} is being cancelled` })
  const mayOperate = usePermission("operate")
  const canCancel = Order.canBecome(order.status, "cancelling")
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
        {canCancel && (
          <ConfirmButton
            label="Cancel order"
            icon={Ban}
            question={`Cancel order ${order.number}?`}
            consequence="Everything done so far is undone in reverse: shipment, payment, stock."
            loading={cancel.isPending}
            disabled={!mayOperate}
            onConfirm={() => cancel.mutate(order.id)}
          />
        )}
      </PageHeader>
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
                <QueryView query={timeline}>{(steps) => <SagaLanes order={order} steps={steps} />}</QueryView>
              </Tabs.Panel>
              <Tabs.Panel value="history">
                <QueryView query={history}>{(entries) => <HistoryTable entries={entries} />}</QueryView>
              </Tabs.Panel>
            </Tabs>
          </Panel>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="md">
            <OrderFacts order={order} />
            <OrderLines order={order} />
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  )
}

export { OrderPage }
