import { Box, Text } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { type Event } from "@tessera/shared/event/event"
import { Activity } from "lucide-react"
import { useLive } from "../../lib/use-live.ts"
import { EventIcon } from "../../ui/event-icon.tsx"
import { EventLine } from "../../ui/event-line.tsx"
import { NothingHere } from "../../ui/nothing-here.tsx"
import { Panel } from "../../ui/panel.tsx"
import { QueryView } from "../../ui/query-view.tsx"
import { TimeText } from "../../ui/time-text.tsx"
import { DashboardQueries } from "./dashboard-queries.ts"

/** More rows than anybody reads, and less than the live store keeps. */
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

const EventRow = ({ event }: { readonly event: Event.Model }) => (
  <div className="tessera-event" data-testid="event-row" data-seq={event.seq} data-type={event.type}>
    <EventIcon type={event.payload._tag} />
    <EventLine event={event} />
    <Text size="xs" c="dimmed" component="span">
      <TimeText at={event.occurredAt} />
    </Text>
  </div>
)

export { RecentEvents }
