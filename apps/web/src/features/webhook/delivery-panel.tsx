import { Box, Group, Select } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { getRouteApi } from "@tanstack/react-router"
import { Webhook } from "@tessera/shared/webhook/webhook"
import { Inbox } from "lucide-react"
import { FilterTabs } from "../../ui/filter-tabs.tsx"
import { NothingHere } from "../../ui/nothing-here.tsx"
import { Pager } from "../../ui/pager.tsx"
import { Panel } from "../../ui/panel.tsx"
import { QueryView } from "../../ui/query-view.tsx"
import { DeliveryDrawer } from "./delivery-drawer.tsx"
import { DeliveryTable } from "./delivery-table.tsx"
import { WebhookQueries } from "./webhook-queries.ts"
import { type WebhookSearch } from "./webhook-search.ts"

const _route = getRouteApi("/app/webhooks")

const _choices = [
  { value: undefined, label: "All" },
  { value: "delivered", label: "Delivered" },
  { value: "pending", label: "Pending" },
  { value: "dead", label: "Given up" }
] as const satisfies ReadonlyArray<FilterTabs.Choice<Webhook.DeliveryStatus>>

/** The deliveries with their filters, and the drawer of the one that is open. */
const DeliveryPanel = ({ endpoints }: { readonly endpoints: ReadonlyArray<Webhook.Endpoint> }) => {
  const search = _route.useSearch()
  const navigate = _route.useNavigate()
  const deliveries = useQuery(WebhookQueries.deliveries(search))
  const filter = (change: WebhookSearch.Value) => {
    navigate({ search: { ...search, cursor: undefined, ...change } })
  }
  const open = (delivery: Webhook.DeliveryId | undefined) => {
    navigate({ search: { ...search, delivery } })
  }
  const opened = deliveries.data?.items.find(({ id }) => id === search.delivery)
  const none = (
    <NothingHere
      icon={Inbox}
      title="No deliveries here"
      description="Every event that an endpoint wants becomes a delivery; send a test message to see one."
    />
  )
  return (
    <Panel title="Deliveries">
      <Group justify="space-between" px="md" pb={10} gap="xs">
        <FilterTabs
          label="Delivery status"
          choices={_choices}
          value={search.status}
          onChange={(status) => filter({ status })}
        />
        <Select
          size="xs"
          w={{ base: "100%", xs: 260 }}
          aria-label="Endpoint"
          placeholder="All endpoints"
          clearable
          clearButtonProps={{ "aria-label": "All endpoints" }}
          data={endpoints.map(({ id, url }) => ({ value: String(id), label: url }))}
          value={search.endpointId ?? null}
          onChange={(id) => filter({ endpointId: id === null ? undefined : Webhook.EndpointId.make(id) })}
        />
      </Group>
      <QueryView query={deliveries} isEmpty={({ items }) => items.length === 0} empty={none}>
        {({ items, nextCursor }) => (
          <Box style={{ opacity: deliveries.isPlaceholderData ? 0.6 : 1 }}>
            <DeliveryTable deliveries={items} onOpen={open} />
            <Pager
              shown={items.length}
              cursor={search.cursor}
              nextCursor={nextCursor}
              onGo={(cursor) => filter({ cursor })}
            />
          </Box>
        )}
      </QueryView>
      <DeliveryDrawer delivery={opened} onClose={() => open(undefined)} />
    </Panel>
  )
}

export { DeliveryPanel }
