import "./order-list.css"
import { Badge, Button, Group, Kbd } from "@mantine/core"
import { useDisclosure } from "@mantine/hooks"
import { useQuery } from "@tanstack/react-query"
import { getRouteApi, Link } from "@tanstack/react-router"
import { Plus, Settings2, ShoppingCart } from "lucide-react"
import { type ReactNode, useRef } from "react"
import { usePermission } from "../../../lib/use-permission.ts"
import { KeysDialog } from "../../../ui/keys-dialog.tsx"
import { NothingHere } from "../../../ui/nothing-here.tsx"
import { PageHeader } from "../../../ui/page-header.tsx"
import { Panel } from "../../../ui/panel.tsx"
import { OrderQueries } from "../order-queries.ts"
import { PlaceOrderDialog } from "../place-order-dialog.tsx"
import { OrderSettingsDialog } from "../settings/order-settings-dialog.tsx"
import { ListFilters } from "./list-filters.tsx"
import { OrderRows } from "./order-rows.tsx"
import { OrderSearch } from "./order-search.ts"
import { useOrderViews } from "./use-order-views.ts"
import { ViewTabs } from "./view-tabs.tsx"

const _route = getRouteApi("/app/orders")

const _keys: ReadonlyArray<KeysDialog.Key> = [
  { keys: ["j", "↓"], does: "Next order" },
  { keys: ["k", "↑"], does: "Order before" },
  { keys: ["Enter"], does: "Open the order" },
  { keys: ["x"], does: "Select the order, or not" },
  { keys: ["Esc"], does: "Select none" },
  { keys: ["/"], does: "Search" },
  { keys: ["?"], does: "These keys" }
]

/** `/orders`: every order of the tenant, newest first, live; by view, filter, mouse and keyboard. */
const OrderListPage = (): ReactNode => {
  const search = _route.useSearch()
  const navigate = _route.useNavigate()
  const orders = useQuery(OrderQueries.list(search))
  const mayOperate = usePermission("operate")
  const mayManage = usePermission("manage")
  const [isPlacing, placing] = useDisclosure(false)
  const [isSetting, setting] = useDisclosure(false)
  const [isHelping, helping] = useDisclosure(false)
  const searchRef = useRef<HTMLInputElement>(null)
  const filter = (change: OrderSearch.Value) => {
    navigate({ search: { ...search, cursor: undefined, ...change } })
  }
  const show = (filters: OrderSearch.Filters) => {
    navigate({ search: filters })
  }
  const place = (
    <Button leftSection={<Plus size={14} />} onClick={placing.open} disabled={!mayOperate}>
      Place order
    </Button>
  )
  const noMatch = (
    <NothingHere
      icon={ShoppingCart}
      title="No order matches"
      description="Try fewer words, another view or other filters."
    >
      <Button variant="default" onClick={() => show({})}>
        Show all
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
        <Button
          variant="default"
          visibleFrom="sm"
          rightSection={<Kbd size="xs">?</Kbd>}
          onClick={helping.open}
        >
          Keys
        </Button>
        {mayManage && (
          <Button variant="default" leftSection={<Settings2 size={14} />} onClick={setting.open}>
            Settings
          </Button>
        )}
        {place}
      </PageHeader>
      <Panel>
        <Views search={search} onShow={show} />
        <ListFilters search={search} searchRef={searchRef} onFilter={filter} />
        <OrderRows
          orders={orders}
          cursor={search.cursor}
          empty={OrderSearch.isFiltered(search) ? noMatch : none}
          onGo={(cursor) => filter({ cursor })}
          onSearch={() => searchRef.current?.focus()}
          onHelp={helping.open}
        />
      </Panel>
      <PlaceOrderDialog opened={isPlacing} onClose={placing.close} />
      <OrderSettingsDialog opened={isSetting} onClose={setting.close} />
      <KeysDialog keys={_keys} opened={isHelping} onClose={helping.close} />
    </>
  )
}

/** The tabs with their numbers, and the way to the orders that are stuck. */
const Views = ({
  search,
  onShow
}: {
  readonly search: OrderSearch.Value
  readonly onShow: (filters: OrderSearch.Filters) => void
}) => {
  const own = useOrderViews()
  const waiting = useQuery(OrderQueries.waiting).data
  const stuck = useQuery(OrderQueries.stuck).data?.length ?? 0
  const count = `${waiting?.items.length ?? 0}${waiting?.nextCursor == null ? "" : "+"}`
  return (
    <ViewTabs
      search={search}
      own={own}
      counts={count === "0" ? {} : { "Awaiting approval": count }}
      onShow={onShow}
    >
      <Link to="/orders/stuck" className="tessera-tab" data-testid="stuck-tab">
        <Group component="span" gap={6} wrap="nowrap">
          Stuck
          {stuck > 0 && (
            <Badge component="span" color="red.9" size="xs" radius="sm" miw="max-content">
              {stuck}
            </Badge>
          )}
        </Group>
      </Link>
    </ViewTabs>
  )
}

export { OrderListPage }
