import { Box, Button, Group } from "@mantine/core"
import { useDisclosure } from "@mantine/hooks"
import { useQuery } from "@tanstack/react-query"
import { getRouteApi } from "@tanstack/react-router"
import { type Reservation } from "@tessera/shared/reservation/reservation"
import { Hourglass, Plus } from "lucide-react"
import { type ReactNode, useState } from "react"
import { usePermission } from "../../lib/use-permission.ts"
import { FilterTabs } from "../../ui/filter-tabs.tsx"
import { NothingHere } from "../../ui/nothing-here.tsx"
import { PageHeader } from "../../ui/page-header.tsx"
import { Pager } from "../../ui/pager.tsx"
import { Panel } from "../../ui/panel.tsx"
import { QueryView } from "../../ui/query-view.tsx"
import { HoldStockDialog } from "./hold-stock-dialog.tsx"
import { ReservationQueries } from "./reservation-queries.ts"
import { ReservationTable } from "./reservation-table.tsx"

const _route = getRouteApi("/app/reservations")

const _choices = [
  { value: undefined, label: "All" },
  { value: "held", label: "Held" },
  { value: "taken", label: "Ordered" },
  { value: "released", label: "Released" },
  { value: "expired", label: "Expired" }
] as const satisfies ReadonlyArray<FilterTabs.Choice<Reservation.Status>>

/** `/reservations`: units that are kept for somebody. `order` is the dialog that makes one an order. */
const ReservationListPage = ({
  order
}: {
  readonly order: (reservation: Reservation.Model, onClose: () => void) => ReactNode
}): ReactNode => {
  const search = _route.useSearch()
  const navigate = _route.useNavigate()
  const reservations = useQuery(ReservationQueries.list(search))
  const mayOperate = usePermission("operate")
  const [opened, dialog] = useDisclosure(false)
  const [ordering, setOrdering] = useState<Reservation.Model>()
  const hold = (
    <Button leftSection={<Plus size={14} />} onClick={dialog.open} disabled={!mayOperate}>
      Hold stock
    </Button>
  )
  const none = (
    <NothingHere
      icon={Hourglass}
      title={search.status === undefined ? "Nothing is held" : "No reservation in this state"}
      description="Keep units for somebody who is about to order, for as long as you say."
    >
      {search.status === undefined ? (
        hold
      ) : (
        <Button variant="default" onClick={() => navigate({ search: {} })}>
          Show all
        </Button>
      )}
    </NothingHere>
  )
  return (
    <>
      <PageHeader title="Reservations" description="Units that are kept for a time, then on sale again.">
        {hold}
      </PageHeader>
      <Panel>
        <Group px="md" py={10}>
          <FilterTabs
            label="Reservation status"
            choices={_choices}
            value={search.status}
            onChange={(status) => navigate({ search: { status } })}
          />
        </Group>
        <QueryView query={reservations} isEmpty={({ items }) => items.length === 0} empty={none}>
          {({ items, nextCursor }) => (
            <Box style={{ opacity: reservations.isPlaceholderData ? 0.6 : 1 }}>
              <ReservationTable reservations={items} onOrder={setOrdering} />
              <Pager
                shown={items.length}
                cursor={search.cursor}
                nextCursor={nextCursor}
                onGo={(cursor) => navigate({ search: { ...search, cursor } })}
              />
            </Box>
          )}
        </QueryView>
      </Panel>
      <HoldStockDialog opened={opened} onClose={dialog.close} />
      {ordering !== undefined && order(ordering, () => setOrdering(undefined))}
    </>
  )
}

export { ReservationListPage }
