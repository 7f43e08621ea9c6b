import { Box, Text } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { type Event } from "@tessera/shared/event/event"
import {
  Activity,
  CircleCheck,
  CircleX,
  FileSpreadsheet,
  Hourglass,
  Package,
  RotateCcw,
  Route,
  ShoppingCart,
  Stamp,
  Undo2
} from "lucide-react"
import { useLive } from "../../lib/use-live.ts"
import { NothingHere } from "../../ui/nothing-here.tsx"
import { Panel } from "../../ui/panel.tsx"
import { QueryView } from "../../ui/query-view.tsx"
import { TimeText } from "../../ui/time-text.tsx"
import { DashboardQueries } from "./dashboard-queries.ts"
import { EventLine } from "./event-line.tsx"

const _icons = {
  "order.placed": { icon: ShoppingCart, color: "var(--tessera-busy)" },
  "order.advanced": { icon: Route, color: "var(--tessera-quiet)" },
  "order.fulfilled": { icon: CircleCheck, color: "var(--tessera-good)" },
  "order.cancelled": { icon: CircleX, color: "var(--tessera-bad)" },
  "order.retried": { icon: RotateCcw, color: "var(--tessera-busy)" },
  "order.approval_requested": { icon: Hourglass, color: "var(--tessera-warn)" },
  "order.approval_decided": { icon: Stamp, color: "var(--tessera-quiet)" },
  "order.refunded": { icon: Undo2, color: "var(--tessera-quiet)" },
  "product.created": { icon: Package, color: "var(--tessera-busy)" },
  "product.restocked": { icon: Package, color: "var(--tessera-quiet)" },
  "product.imported": { icon: Package, color: "var(--tessera-busy)" },
  "import.progressed": { icon: FileSpreadsheet, color: "var(--tessera-quiet)" },
  "import.completed": { icon: FileSpreadsheet, color: "var(--tessera-good)" },
  "import.failed": { icon: FileSpreadsheet, color: "var(--tessera-bad)" }
} as const satisfies Record<Event.Payload["_tag"], unknown>

/** At most as many rows as the live store keeps. */
const _shown = 100

const _merged = (live: ReadonlyArray<Event.Model>, recent: ReadonlyArray<Event.Model>) => {
  const bySeq = new Map([...recent, ...live].map((event) => [event.seq, event]))
  return [...bySeq.values()].toSorted((left, right) => right.seq - left.seq).slice(0, _shown)
}

/** What just happened in the tenant, the newest first, as it happens. */
const RecentEvents = () => {
  const live = useLive(({ events }) => events)
  const recent = useQuery(DashboardQueries.recentEvents)
  const none = (
    <NothingHere
      icon={Activity}
      title="Nothing has happened yet"
      description="Place an order and watch it here."
    />
  )
  return (
    <Panel title="Latest events">
      {/* As high when it is empty as when it is full: what is below does not move. */}
      <Box mih={430}>
        <QueryView query={recent} isEmpty={(rows) => rows.length + live.length === 0} empty={none}>
          {(rows) => (
            <Box
              mah={430}
              style={{ overflowY: "auto" }}
              tabIndex={0}
              role="region"
              aria-label="Latest events"
            >
              {_merged(live, rows).map((event) => (
                <EventRow key={event.seq} event={event} />
              ))}
            </Box>
          )}
        </QueryView>
      </Box>
    </Panel>
  )
}

const EventRow = ({ event }: { readonly event: Event.Model }) => {
  const { icon: Icon, color } = _icons[event.payload._tag]
  return (
    <div className="tessera-event" data-testid="event-row" data-seq={event.seq} data-type={event.type}>
      <Icon size={15} color={color} aria-hidden />
      <EventLine event={event} />
      <Text size="xs" c="dimmed" component="span">
        <TimeText at={event.occurredAt} />
      </Text>
    </div>
  )
}

export { RecentEvents }
