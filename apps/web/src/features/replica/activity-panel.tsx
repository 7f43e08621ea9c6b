import { Box, Text } from "@mantine/core"
import { DateTime } from "effect"
import { Activity, Crown, LogIn, LogOut, Zap } from "lucide-react"
import { Format } from "../../lib/format.ts"
import { NothingHere } from "../../ui/nothing-here.tsx"
import { Panel } from "../../ui/panel.tsx"
import { TimeText } from "../../ui/time-text.tsx"
import { type ClusterChange } from "./cluster-change.ts"
import { useClusterHistory } from "./use-cluster-history.ts"

interface _Line {
  readonly says: string
  readonly seconds: string
}

const _and = (parts: ReadonlyArray<string>) =>
  parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`
const _counts = (moved: ClusterChange.Counts) =>
  _and(
    Object.entries(moved)
      .toSorted(([left], [right]) => left.localeCompare(right))
      .map(([name, count]) => `${name} (${count})`)
  )
const _sum = (moved: ClusterChange.Counts) => Object.values(moved).reduce((total, count) => total + count, 0)
const _shards = (count: number) => (count === 1 ? "1 shard" : `${count} shards`)

const _verbs = {
  draining: "was told to leave",
  silent: "stopped answering",
  restarted: "ended and was started again",
  started: "started"
} as const satisfies Record<ClusterChange.Model["how"], string>

const _open = ({ moved, how, replica, shards }: ClusterChange.Model): _Line => {
  const taken = _sum(moved)
  const wait = shards.length === 1 ? "waits" : "wait"
  const rest = `${_shards(shards.length)} ${taken === 0 ? "" : "still "}${wait} for an owner`
  const by = taken === 0 ? "" : `${_shards(taken)} taken by ${_counts(moved)}, `
  return { says: `${replica} ${_verbs[how]}: ${by}${rest}`, seconds: "Taking over …" }
}

const _closed = ({ moved, how, replica, since, until }: ClusterChange.Model): _Line => {
  const all = _shards(_sum(moved))
  const isOwn = Object.keys(moved).every((name) => name === replica)
  const kept =
    how === "restarted"
      ? `${replica} was started again before others took over: it has its ${all} back`
      : `${replica} was silent for a while and kept its ${all}`
  const done = isOwn ? kept : `${replica} left: its ${all} are taken by ${_counts(moved)}`
  const clock = how === "draining" ? "after the signal" : "after its last report"
  return {
    says: _sum(moved) === 0 ? `${replica} left; it owned no shards` : done,
    seconds: `${Format.duration((until ?? since) - since)} ${clock}`
  }
}

const _joined = ({ moved, note, replica, since, movedAt }: ClusterChange.Model): _Line => {
  const all = _shards(_sum(moved))
  const isOwn = Object.keys(moved).every((name) => name === replica)
  const from = Object.keys(moved).includes("") ? "" : ` from ${_counts(moved)}`
  return _sum(moved) === 0
    ? { says: `${replica} started`, seconds: `${note}, without shards yet` }
    : {
        says: isOwn
          ? `${replica} started and has its ${all} back`
          : `${replica} joined: it took ${all}${from}`,
        seconds: `${Format.duration(movedAt - since)} after its start`
      }
}

const _lines = {
  left: (change) => (change.until === null ? _open(change) : _closed(change)),
  joined: _joined,
  leader: ({ note, replica }) => ({ says: `${replica} leads ${note}`, seconds: "New leader" })
} as const satisfies Record<ClusterChange.Kind, (change: ClusterChange.Model) => _Line>

const _icons = {
  left: { icon: LogOut, color: "var(--tessera-bad)" },
  joined: { icon: LogIn, color: "var(--tessera-good)" },
  leader: { icon: Crown, color: "var(--tessera-busy)" }
} as const

const _look = ({ kind, how }: ClusterChange.Model) =>
  kind === "left" && how !== "draining" ? { ..._icons.left, icon: Zap } : _icons[kind]

/** Who came, who went and who took over, since this page was first opened; an open take-over counts on. */
const ActivityPanel = () => {
  const changes = useClusterHistory(({ activity }) => activity.changes)
  return (
    <Panel title="Activity" testId="cluster-activity">
      {changes.length === 0 ? (
        <NothingHere
          icon={Activity}
          title="All quiet"
          description="When a replica comes or goes, you see here who takes its shards over, and how fast."
        />
      ) : (
        <Box mah={430} style={{ overflowY: "auto" }} tabIndex={0} role="log" aria-label="Activity">
          {changes.map((change) => (
            <ChangeRow key={change.id} change={change} />
          ))}
        </Box>
      )}
    </Panel>
  )
}

const ChangeRow = ({ change }: { readonly change: ClusterChange.Model }) => {
  const { color, icon: Icon } = _look(change)
  const { says, seconds } = _lines[change.kind](change)
  return (
    <div
      className="tessera-change"
      data-testid="cluster-change"
      data-kind={change.kind}
      data-replica={change.replica}
      data-open={change.until === null}
    >
      <Icon size={15} color={color} aria-hidden />
      <div>
        <Text size="sm">{says}</Text>
        <Text size="xs" c="dimmed">
          {seconds} · <TimeText at={DateTime.unsafeMake(change.since)} />
        </Text>
      </div>
    </div>
  )
}

export { ActivityPanel }
