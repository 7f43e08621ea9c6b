import { Box, Button, Group, Text } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { getRouteApi } from "@tanstack/react-router"
import { type Event } from "@tessera/shared/event/event"
import { Activity, ChevronLeft, ChevronRight } from "lucide-react"
import { type ReactNode, useState } from "react"
import { Format } from "../../lib/format.ts"
import { useLive } from "../../lib/use-live.ts"
import { NothingHere } from "../../ui/nothing-here.tsx"
import { Panel } from "../../ui/panel.tsx"
import { QueryView } from "../../ui/query-view.tsx"
import { EventLogBar } from "./event-log-bar.tsx"
import { EventQueries } from "./event-queries.ts"
import { EventRow } from "./event-row.tsx"
import { type EventSearch } from "./event-search.ts"
import { EventTail } from "./event-tail.ts"

const _route = getRouteApi("/app/events")

const _newest = (live: ReadonlyArray<Event.Model>, log: { readonly head: number } = { head: 0 }) =>
  Math.max(log.head, live[0]?.seq ?? 0)

/** The log from its head down, growing as things happen, or from any number down. */
const EventLogPanel = (): ReactNode => {
  const { type, upTo } = _route.useSearch()
  const navigate = _route.useNavigate()
  const log = useQuery(EventQueries.log({ type, upTo }))
  const live = useLive(({ events }) => events)
  const [frozenAt, setFrozenAt] = useState<number>()
  const isTail = upTo === undefined
  const tail = EventTail.of({
    live: isTail ? live : [],
    read: log.data?.events ?? [],
    type,
    until: frozenAt
  })
  const go = (change: EventSearch.Value) => {
    setFrozenAt(undefined)
    navigate({ search: { type, upTo, ...change } })
  }
  const newest = _newest(live, log.data)
  return (
    <Panel testId="event-log">
      <EventLogBar
        type={type}
        upTo={upTo}
        held={frozenAt === undefined ? undefined : tail.waiting}
        onGo={go}
        onHold={() => setFrozenAt(frozenAt === undefined ? newest : undefined)}
      />
      <QueryView
        query={log}
        isEmpty={({ events, after }) => events.length + tail.rows.length === 0 && after === 0}
        empty={<None isFiltered={type !== undefined} onAll={() => go({ type: undefined })} />}
      >
        {({ after, last }) => (
          <Box style={{ opacity: log.isPlaceholderData ? 0.6 : 1 }}>
            {tail.rows.map((event) => (
              <EventRow
                key={event.seq}
                event={event}
                isSought={event.seq === upTo}
                onOpen={() => navigate({ search: (search) => ({ ...search, event: event.seq }) })}
              />
            ))}
            {tail.rows.length === 0 && (
              <Text size="sm" c="dimmed" p="md" ta="center">
                None between no. {Format.count(after + 1)} and no. {Format.count(last)}.
              </Text>
            )}
            <Foot
              after={after}
              last={isTail ? newest : last}
              hasNewer={!isTail && last < newest}
              onOlder={() => go({ upTo: after })}
              onNewer={() => go({ upTo: last + EventQueries.span(type) })}
            />
          </Box>
        )}
      </QueryView>
    </Panel>
  )
}

const Foot = ({
  after,
  last,
  hasNewer,
  onOlder,
  onNewer
}: {
  readonly after: number
  readonly last: number
  readonly hasNewer: boolean
  readonly onOlder: () => void
  readonly onNewer: () => void
}) => (
  <Group justify="space-between" px="md" py={8} style={{ borderTop: "1px solid var(--tessera-line)" }}>
    <Text size="xs" c="dimmed" data-testid="event-range">
      No. {Format.count(after + 1)} to {Format.count(last)}
    </Text>
    <Group gap={6}>
      <Button
        variant="default"
        size="compact-xs"
        disabled={!hasNewer}
        leftSection={<ChevronLeft size={13} />}
        onClick={onNewer}
      >
        Newer
      </Button>
      <Button
        variant="default"
        size="compact-xs"
        disabled={after === 0}
        rightSection={<ChevronRight size={13} />}
        onClick={onOlder}
      >
        Older
      </Button>
    </Group>
  </Group>
)

const None = ({ isFiltered, onAll }: { readonly isFiltered: boolean; readonly onAll: () => void }) => (
  <NothingHere
    icon={Activity}
    title={isFiltered ? "No event of this type yet" : "Nothing has happened yet"}
    description="Place an order or import a file, and its story appears here as it happens."
  >
    {isFiltered && (
      <Button variant="default" onClick={onAll}>
        Show all types
      </Button>
    )}
  </NothingHere>
)

export { EventLogPanel }
