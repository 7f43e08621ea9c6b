import { ActionIcon, Button, CopyButton, Drawer, Group, Stack, Text } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { Event } from "@tessera/shared/event/event"
import { type EventEntry } from "@tessera/shared/event/event-entry"
import { Option, Schema } from "effect"
import { Check, ChevronDown, ChevronUp, Copy, SearchX } from "lucide-react"
import { type ReactNode } from "react"
import { Format } from "../../lib/format.ts"
import { useLive } from "../../lib/use-live.ts"
import { CopyText } from "../../ui/copy-text.tsx"
import { EventIcon } from "../../ui/event-icon.tsx"
import { EventLine } from "../../ui/event-line.tsx"
import { NothingHere } from "../../ui/nothing-here.tsx"
import { QueryView } from "../../ui/query-view.tsx"
import { EventQueries } from "./event-queries.ts"

const _encode = Schema.encodeSync(Event.Payload)
const _text = (payload: Event.Payload) => JSON.stringify(_encode(payload), null, 2)

/**
 * One record of the log: what happened, who caused it, by which request, and the payload as others get it.
 */
const EventDrawer = ({
  seq,
  onGo
}: {
  readonly seq: number | undefined
  readonly onGo: (seq: number | undefined) => void
}) => (
  <Drawer
    opened={seq !== undefined}
    onClose={() => onGo(undefined)}
    position="right"
    size="lg"
    title={seq === undefined ? "" : `Event no. ${Format.count(seq)}`}
  >
    {seq !== undefined && <Entry seq={seq} onGo={onGo} />}
  </Drawer>
)

const Entry = ({ seq, onGo }: { readonly seq: number; readonly onGo: (seq: number) => void }) => {
  const entry = useQuery(EventQueries.entry(seq))
  const newest = useLive(({ position }) => Option.getOrUndefined(position))
  const none = (
    <NothingHere
      icon={SearchX}
      title="No event has this number"
      description="The log has not come so far, or it was emitted by a newer version of the product."
    />
  )
  return (
    <Stack gap="sm">
      <Group justify="flex-end" gap={6}>
        <ActionIcon
          variant="default"
          aria-label="The event before"
          disabled={seq === 1}
          onClick={() => onGo(seq - 1)}
        >
          <ChevronDown size={15} />
        </ActionIcon>
        <ActionIcon
          variant="default"
          aria-label="The event after"
          disabled={seq === newest}
          onClick={() => onGo(seq + 1)}
        >
          <ChevronUp size={15} />
        </ActionIcon>
      </Group>
      <QueryView query={entry} isEmpty={Option.isNone} empty={none}>
        {Option.match({ onNone: () => null, onSome: (found) => <Facts entry={found} /> })}
      </QueryView>
    </Stack>
  )
}

const Facts = ({ entry: { event, ...entry } }: { readonly entry: EventEntry.Model }) => (
  <Stack gap="sm" data-testid="event-entry" data-seq={event.seq}>
    <Group gap="xs" wrap="nowrap">
      <EventIcon type={event.payload._tag} />
      <EventLine event={event} />
    </Group>
    <Stack component="dl" gap={6} m={0}>
      <Fact name="Type">
        <CopyText value={event.type} label="type" />
      </Fact>
      <Fact name="When">{Format.dateTime(event.occurredAt)}</Fact>
      <Fact name="About">
        <Group gap={6}>
          <CopyText value={event.aggregateId} label="id of what it is about" />
          <Text size="xs" c="dimmed">
            its change no. {Format.count(event.version)}
          </Text>
        </Group>
      </Fact>
      <Fact name="Event id">
        <CopyText value={event.id} label="event id" />
      </Fact>
      <Fact name="Caused by">
        {entry.actorId === null ? "not recorded" : <CopyText value={entry.actorId} label="actor" />}
        {entry.role !== null && (
          <Text size="xs" c="dimmed">
            as {entry.role}
          </Text>
        )}
      </Fact>
      <Fact name="Request">
        <CopyText value={entry.requestId} label="request id" />
      </Fact>
      <Fact name="Trace">
        {entry.traceId === null ? "none" : <CopyText value={entry.traceId} label="trace id" />}
      </Fact>
    </Stack>
    <Group justify="space-between">
      <Text size="xs" c="dimmed">
        Payload
      </Text>
      <CopyButton value={_text(event.payload)}>
        {({ copied, copy }) => (
          <Button
            variant="default"
            size="compact-xs"
            leftSection={copied ? <Check size={12} /> : <Copy size={12} />}
            onClick={copy}
          >
            {copied ? "Copied" : "Copy"}
          </Button>
        )}
      </CopyButton>
    </Group>
    <pre className="tessera-pre tessera-payload">{_text(event.payload)}</pre>
  </Stack>
)

const Fact = ({ name, children }: { readonly name: string; readonly children: ReactNode }) => (
  <Group gap="xs" wrap="nowrap" align="baseline">
    <Text component="dt" size="xs" c="dimmed" w={72} style={{ flexShrink: 0 }}>
      {name}
    </Text>
    <Text component="dd" size="sm" m={0} style={{ minWidth: 0, overflowWrap: "anywhere" }}>
      {children}
    </Text>
  </Group>
)

export { EventDrawer }
