import { Box, Button, Group } from "@mantine/core"
import { useDisclosure } from "@mantine/hooks"
import { useQuery } from "@tanstack/react-query"
import { getRouteApi } from "@tanstack/react-router"
import { Order } from "@tessera/shared/order/order"
import { Plus, ShoppingCart } from "lucide-react"
import { type ReactNode } from "react"
import { usePermission } from "../../lib/use-permission.ts"
import { FilterTabs } from "../../ui/filter-tabs.tsx"
import { NothingHere } from "../../ui/nothing-here.tsx"
import { PageHeader } from "../../ui/page-header.tsx"
import { Pager } from "../../ui/pager.tsx"
import { Panel } from "../../ui/panel.tsx"
import { QueryView } from "../../ui/query-view.tsx"
import { SearchBox } from "../../ui/search-box.tsx"
import { OrderQueries } from "./order-queries.ts"
import { type OrderSearch } from "./order-search.ts"
import { OrderTable } from "./order-table.tsx"
import { PlaceOrderDialog } from "./place-order-dialog.tsx"

const _route = getRouteApi("/app/orders")

const _choices = [
  { value: undefined, label: "All" },
  ...Order.Status.literals.map((value) => ({ value, label: Order.label(value) }))
]

/** `/orders`: every order of the tenant, newest first, live. */
const OrderListPage = (): ReactNode => {
  const search = _route.useSearch()
  const navigate = _route.useNavigate()
  const orders = useQuery(OrderQueries.list(search))
  const mayOperate = usePermission("operate")
  const [opened, dialog] = useDisclosure(false)
  const filter = (change: OrderSearch.Value) => {
    navigate({ search: { ...search, cursor: undefined, ...change } })
  }
  const place = (
    <Button leftSection={<Plus size={14} />} onClick={dialog.open} disabled={!mayOperate}>
      Place order
    </Button>
  )
  const isFiltered = search.status !== undefined || search.search !== undefined
  const noMatch = (
    <NothingHere
      icon={ShoppingCart}
      title="No order matches"
      description="Try fewer words or another status."
    >
      <Button variant="default" onClick={() => navigate({ search: {} })}>
        Clear filters
      </Button>
    </NothingHere>
  )
  const none = (
    <NothingHere
      icon={ShoppingCart}
      title="No orders yet"
      description="Place the first one by hand, or import a spreadsheet."
    >
      {place}
    </NothingHere>
  )
  return (
    <>
      <PageHeader
        title="Orders"
        description="Each order is a saga: stock, payment, shipment, or everything undone."
      >
        {place}
      </PageHeader>
      <Panel>
        <Group justify="space-between" px="md" py={10} gap="xs">
          <FilterTabs
            label="Status"
            choices={_choices}
            value={search.status}
            onChange={(status) => filter({ status })}
          />
          <SearchBox
            label="Search number or customer"
            value={search.search}
            onChange={(words) => filter({ search: words })}
          />
        </Group>
        <QueryView
          query={orders}
          isEmpty={({ items }) => items.length === 0}
          empty={isFiltered ? noMatch : none}
        >
          {({ items, nextCursor }) => (
            <Box style={{ opacity: orders.isPlaceholderData ? 0.6 : 1 }}>
              <OrderTable orders={items} />
              <Pager
                shown={items.length}
                cursor={search.cursor}
                nextCursor={nextCursor}
                onGo={(cursor) => filter({ cursor })}
              />
            </Box>
          )}
        </QueryView>
      </Panel>
      <PlaceOrderDialog opened={opened} onClose={dialog.close} />
    </>
  )
}

export { OrderListPage }
