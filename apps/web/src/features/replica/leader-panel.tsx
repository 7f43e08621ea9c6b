import { Box, Modal, Table, Text, VisuallyHidden } from "@mantine/core"
import { Cluster } from "@tessera/shared/replica/cluster"
import { DateTime } from "effect"
import { Crown } from "lucide-react"
import { useState } from "react"
import { Format } from "../../lib/format.ts"
import { DataTable } from "../../ui/data-table.tsx"
import { NothingHere } from "../../ui/nothing-here.tsx"
import { Panel } from "../../ui/panel.tsx"
import { ReplicaMark } from "../../ui/replica-mark.tsx"
import { StatusBadge } from "../../ui/status-badge.tsx"

const _columns = [
  { label: "Name" },
  { label: "Leader" },
  { label: "Fence", numeric: true, wide: true },
  { label: "Last run" },
  { label: "Runs", numeric: true, wide: true },
  { label: "State", wide: true },
  { label: "Recent ticks", wide: true }
] as const
const _tickColumns = [
  { label: "Scheduled" },
  { label: "Outcome" },
  { label: "Ran on" },
  { label: "Fence", numeric: true, wide: true },
  { label: "Began", numeric: true },
  { label: "Took", numeric: true, wide: true }
] as const

const _outcomes = {
  running: { tone: "busy", label: "Running" },
  done: { tone: "good", label: "Done" },
  failed: { tone: "bad", label: "Failed" },
  skipped: { tone: "quiet", label: "Skipped" }
} as const satisfies Record<Cluster.Outcome, { readonly tone: StatusBadge.Tone; readonly label: string }>

const _state = ({ failures, late }: Cluster.Leader) => {
  const failed = { tone: "bad", label: failures === 1 ? "Failed once" : `Failed ${failures} times` } as const
  const onTime = failures > 0 ? failed : ({ tone: "good", label: "On time" } as const)
  return late ? ({ tone: "warn", label: "Late" } as const) : onTime
}

/** What runs on one replica at a time: who leads it, under which fence, and whether it runs in time. */
const LeaderPanel = ({
  leaders,
  at
}: {
  readonly leaders: ReadonlyArray<Cluster.Leader>
  readonly at: DateTime.Utc
}) => {
  const [shown, show] = useState<string | null>(null)
  const cron = leaders.find(({ name }) => name === shown)
  return (
    <Panel title="Singletons and crons" testId="leaders">
      {leaders.length === 0 ? (
        <NothingHere
          icon={Crown}
          title="Nothing is led yet"
          description="A singleton or a cron appears here once a replica leads it."
        />
      ) : (
        <DataTable label="Singletons and crons" columns={_columns} minWidth={760}>
          {leaders.map((leader) => (
            <LeaderRow key={leader.name} leader={leader} at={at} onShow={() => show(leader.name)} />
          ))}
        </DataTable>
      )}
      <Modal opened={cron !== undefined} onClose={() => show(null)} title={`Ticks of ${shown}`} size="xl">
        <TickTable ticks={cron?.ticks ?? []} />
      </Modal>
    </Panel>
  )
}

const LeaderRow = ({
  leader,
  at,
  onShow
}: {
  readonly leader: Cluster.Leader
  readonly at: DateTime.Utc
  readonly onShow: () => void
}) => {
  const { label, tone } = _state(leader)
  const strip = leader.ticks.length > 0 && (
    <TickStrip name={leader.name} ticks={leader.ticks} onShow={onShow} />
  )
  return (
    <Table.Tr data-testid="leader-row" data-name={leader.name} data-late={leader.late}>
      <Table.Td>
        <Text size="sm" fw={600}>
          {leader.name}
        </Text>
        <Text size="xs" c="dimmed">
          {leader.kind === null ? "" : `${leader.kind}, `}every {Format.duration(leader.everyMillis)}
        </Text>
        <Box hiddenFrom="sm">{strip}</Box>
      </Table.Td>
      <Table.Td data-testid="leader-owner">
        <ReplicaMark id={leader.owner} />
      </Table.Td>
      <Table.Td data-wide className="tessera-number">
        {leader.fence}
      </Table.Td>
      <Table.Td>
        <Text size="sm" style={{ whiteSpace: "nowrap" }}>
          {leader.lastRunAt === null
            ? "never"
            : `${Format.duration(Math.max(0, DateTime.distance(leader.lastRunAt, at)))} ago`}
        </Text>
        {tone !== "good" && (
          <Text size="xs" hiddenFrom="sm" style={{ color: `var(--tessera-${tone})` }}>
            {label}
          </Text>
        )}
      </Table.Td>
      <Table.Td data-wide className="tessera-number">
        {Format.count(leader.runs)}
      </Table.Td>
      <Table.Td data-wide>
        <StatusBadge tone={tone}>{label}</StatusBadge>
      </Table.Td>
      <Table.Td data-wide>{strip}</Table.Td>
    </Table.Tr>
  )
}

/** The newest at the right, as on every time axis. */
const TickStrip = ({
  name,
  ticks,
  onShow
}: {
  readonly name: string
  readonly ticks: ReadonlyArray<Cluster.Tick>
  readonly onShow: () => void
}) => (
  <button type="button" className="tessera-ticks" onClick={onShow} data-testid="tick-strip">
    <VisuallyHidden>
      The last {ticks.length} ticks of {name}
    </VisuallyHidden>
    {ticks.toReversed().map((tick) => (
      <span
        key={DateTime.formatIso(tick.scheduledAt)}
        aria-hidden
        title={`${Format.dateTime(tick.scheduledAt)}: ${_outcomes[tick.outcome].label.toLowerCase()}`}
        data-outcome={tick.outcome}
        data-late={Cluster.isLate(tick)}
      />
    ))}
  </button>
)

const TickTable = ({ ticks }: { readonly ticks: ReadonlyArray<Cluster.Tick> }) => (
  <DataTable label="Ticks" columns={_tickColumns} minWidth={640}>
    {ticks.map((tick) => (
      <Table.Tr key={DateTime.formatIso(tick.scheduledAt)} data-testid="tick-row">
        <Table.Td>{Format.dateTime(tick.scheduledAt)}</Table.Td>
        <Table.Td>
          <StatusBadge tone={_outcomes[tick.outcome].tone}>{_outcomes[tick.outcome].label}</StatusBadge>
        </Table.Td>
        <Table.Td>{tick.ranOn === null ? "nobody" : <ReplicaMark id={tick.ranOn} />}</Table.Td>
        <Table.Td data-wide className="tessera-number">
          {tick.fence}
        </Table.Td>
        <Table.Td className="tessera-number">{_began(tick)}</Table.Td>
        <Table.Td data-wide className="tessera-number">
          {tick.endedAt === null || tick.ranOn === null
            ? ""
            : Format.duration(DateTime.distance(tick.startedAt, tick.endedAt))}
        </Table.Td>
      </Table.Tr>
    ))}
  </DataTable>
)

const _began = (tick: Cluster.Tick) => {
  const late = Format.duration(Math.max(0, DateTime.distance(tick.scheduledAt, tick.startedAt)))
  const ran = Cluster.isLate(tick) ? `${late} late` : `after ${late}`
  return tick.outcome === "skipped" ? "never" : ran
}

export { LeaderPanel }
