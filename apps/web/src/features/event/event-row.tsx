import "./event-row.css"
import { Text } from "@mantine/core"
import { type Event } from "@tessera/shared/event/event"
import { Format } from "../../lib/format.ts"
import { EventIcon } from "../../ui/event-icon.tsx"
import { EventLine } from "../../ui/event-line.tsx"
import { TimeText } from "../../ui/time-text.tsx"

/** One line of the log; its number opens the record, its sentence leads to what it is about. */
const EventRow = ({
  event,
  isSought,
  onOpen
}: {
  readonly event: Event.Model
  readonly isSought: boolean
  readonly onOpen: () => void
}) => (
  <div
    className="tessera-event tessera-log-row"
    data-testid="log-row"
    data-seq={event.seq}
    data-type={event.type}
    data-sought={isSought ? true : undefined}
  >
    <button
      type="button"
      className="tessera-log-number"
      aria-label={`Record of no. ${event.seq}`}
      onClick={onOpen}
    >
      {Format.count(event.seq)}
    </button>
    <EventIcon type={event.payload._tag} />
    <EventLine event={event} />
    <Text size="xs" c="dimmed" component="code" className="tessera-log-type">
      {event.type}
    </Text>
    <Text size="xs" c="dimmed" component="span" ta="right">
      <TimeText at={event.occurredAt} />
    </Text>
  </div>
)

export { EventRow }
