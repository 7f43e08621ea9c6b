import { Button, Group, Select } from "@mantine/core"
import { Event } from "@tessera/shared/event/event"
import { Activity, Pause, Play } from "lucide-react"
import { Format } from "../../lib/format.ts"
import { EventJump } from "./event-jump.tsx"
import { type EventSearch } from "./event-search.ts"

/** The filter of the log, the way to a number, and whether the list moves. */
const EventLogBar = ({
  type,
  upTo,
  held,
  onGo,
  onHold
}: {
  readonly type: EventSearch.Value["type"]
  readonly upTo: number | undefined
  /** How many events wait while the list is held still; undefined while it moves. */
  readonly held: number | undefined
  readonly onGo: (change: EventSearch.Value) => void
  readonly onHold: () => void
}) => (
  <Group px="md" py={10} gap="xs" justify="space-between">
    <Group gap="xs">
      <Select
        size="xs"
        w={230}
        aria-label="Type of event"
        placeholder="All types"
        searchable
        clearable
        clearButtonProps={{ "aria-label": "All types" }}
        data={Event.types}
        value={type ?? null}
        onChange={(value) => onGo({ type: Event.types.find((one) => one === value) })}
      />
      <EventJump value={upTo} onGo={(seq) => onGo({ upTo: seq })} />
    </Group>
    {upTo === undefined ? (
      <Button
        variant="default"
        size="compact-sm"
        leftSection={held === undefined ? <Pause size={13} /> : <Play size={13} />}
        onClick={onHold}
        data-testid="event-hold"
      >
        {held === undefined ? "Hold still" : `Show ${Format.count(held)} new`}
      </Button>
    ) : (
      <Button
        variant="default"
        size="compact-sm"
        leftSection={<Activity size={13} />}
        onClick={() => onGo({ upTo: undefined })}
      >
        Follow the newest
      </Button>
    )}
  </Group>
)

export { EventLogBar }
