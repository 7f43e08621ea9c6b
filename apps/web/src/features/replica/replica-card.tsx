import { Badge, Box, Group, Progress, SimpleGrid, Text } from "@mantine/core"
import { Cluster } from "@tessera/shared/replica/cluster"
import { type Replica } from "@tessera/shared/replica/replica"
import { DateTime } from "effect"
import { LogOut, Zap } from "lucide-react"
import { type ReactNode } from "react"
import { Format } from "../../lib/format.ts"
import { useAction } from "../../lib/use-action.ts"
import { usePermission } from "../../lib/use-permission.ts"
import { useReplicaColor } from "../../lib/use-replica-color.ts"
import { ConfirmButton } from "../../ui/confirm-button.tsx"
import { ReplicaMark } from "../../ui/replica-mark.tsx"
import { SparkLine } from "../../ui/spark-line.tsx"
import { StatusBadge } from "../../ui/status-badge.tsx"
import { ReplicaQueries } from "./replica-queries.ts"

/** Two minutes of reports. */
const _slots = 60
/** A loop below this is quiet, and its line should look so. */
const _quietLagMillis = 20
const _phases = {
  booting: { tone: "busy", label: "Booting" },
  serving: { tone: "good", label: "Healthy" },
  draining: { tone: "warn", label: "Draining" }
} as const satisfies Record<Replica.Phase, { readonly tone: StatusBadge.Tone; readonly label: string }>

const _health = ({ healthy, phase, reporting }: Replica.Model) => {
  const unwell = reporting
    ? ({ tone: "warn", label: "Runner not reached" } as const)
    : ({ tone: "bad", label: "Not answering" } as const)
  return reporting && (healthy || phase !== "serving") ? _phases[phase] : unwell
}

const _since = (from: DateTime.Utc, to: DateTime.Utc) =>
  Format.duration(Math.max(0, DateTime.distance(from, to)))
const _spoken = (what: string, unit: string, values: ReadonlyArray<number>) =>
  `${what} in the last two minutes, in ${unit}, up to ${Math.max(0, ...values)}`

const _consequences = {
  drain:
    "The process gets a SIGTERM: it takes no new requests, hands its shards over and ends. " +
    "The launcher starts it again.",
  kill:
    "The process ends at once (SIGKILL). Its shards wait some seconds, until the others take them over or " +
    "the launcher has started it again. What was accepted is not lost."
} as const

/** One replica: whether it is well, how much it carries and, where `canEnd` is true, the ways to end it. */
const ReplicaCard = ({
  replica,
  at,
  canEnd
}: {
  readonly replica: Replica.Model
  /** The moment of the snapshot; ages count up to it. */
  readonly at: DateTime.Utc
  readonly canEnd: boolean
}) => {
  const colorOf = useReplicaColor()
  const { label, tone } = _health(replica)
  return (
    <Box
      component="article"
      aria-label={replica.id}
      className="tessera-panel tessera-replica"
      style={colorOf(replica.id)}
      data-testid="replica-card"
      data-replica={replica.id}
      data-reporting={replica.reporting}
      data-healthy={replica.healthy}
    >
      <Group justify="space-between" px="md" pt={12} gap="xs" wrap="nowrap">
        <Group gap={8} wrap="nowrap">
          <Text fw={600} size="md" component="h2" m={0}>
            <ReplicaMark id={replica.id} />
          </Text>
          {replica.self && (
            <Badge variant="default" size="sm" tt="none" fw={500} miw="max-content">
              answers you
            </Badge>
          )}
        </Group>
        <StatusBadge tone={tone} testId="replica-health">
          {label}
        </StatusBadge>
      </Group>
      <Text size="xs" c="dimmed" px="md" pt={4} data-testid="replica-age">
        {replica.reporting
          ? `${replica.phase} · up ${_since(replica.startedAt, at)} · v${replica.version}`
          : `last report ${_since(replica.seenAt, at)} ago`}
      </Text>
      <Vitals replica={replica} />
      <Group justify="space-between" px="md" pb={12} mt="auto" gap="xs">
        <Text size="xs" c="dimmed" ff="monospace">
          {replica.address}
        </Text>
        {canEnd && <Endings replica={replica} />}
      </Group>
    </Box>
  )
}

const Vitals = ({ replica }: { readonly replica: Replica.Model }) => (
  <Box className="tessera-vitals" px="md" py={12}>
    <Group gap={10} wrap="nowrap" mb={12}>
      <Progress
        flex={1}
        size={6}
        color="var(--replica)"
        aria-label={`Share of the shards of ${replica.id}`}
        value={(replica.shards / Cluster.shards) * 100}
      />
      <Text size="sm" component="span" style={{ whiteSpace: "nowrap" }}>
        <b data-testid="replica-shards">{replica.shards}</b> shards
      </Text>
    </Group>
    <SimpleGrid cols={2} spacing="md" verticalSpacing={10}>
      <Vital
        name="Memory"
        value={Format.bytes(replica.rssBytes)}
        hint={`heap ${Format.bytes(replica.heapBytes)}`}
      >
        <SparkLine
          label={_spoken(`Memory of ${replica.id}`, "MB", replica.memoryTrend)}
          values={replica.memoryTrend}
          slots={_slots}
          atLeast={100}
        />
      </Vital>
      <Vital
        name="Loop lag p99"
        value={`${replica.lagP99Millis.toFixed(1)} ms`}
        hint={`p50 ${replica.lagP50Millis.toFixed(1)} ms`}
      >
        <SparkLine
          label={_spoken(`Loop lag of ${replica.id}`, "ms", replica.lagTrend)}
          values={replica.lagTrend}
          slots={_slots}
          atLeast={_quietLagMillis}
        />
      </Vital>
      <Vital name="Entities" value={Format.count(replica.entities)} />
      <Vital name="Jobs running" value={Format.count(replica.jobsRunning)} />
    </SimpleGrid>
  </Box>
)

const Vital = ({
  name,
  value,
  hint,
  children
}: {
  readonly name: string
  readonly value: string
  readonly hint?: string
  readonly children?: ReactNode
}) => (
  <div>
    <Text size="xs" c="dimmed">
      {name}
    </Text>
    <Group gap={6} align="baseline">
      <Text size="md" fw={600}>
        {value}
      </Text>
      {hint !== undefined && (
        <Text size="xs" c="dimmed">
          {hint}
        </Text>
      )}
    </Group>
    {children}
  </div>
)

const Endings = ({ replica }: { readonly replica: Replica.Model }) => {
  const mayManage = usePermission("manage")
  const drain = useAction(ReplicaQueries.drain, { done: `${replica.id} was told to leave` })
  const kill = useAction(ReplicaQueries.kill, { done: `${replica.id} was killed` })
  const isOut = !mayManage || !replica.reporting
  return (
    <Group gap={6}>
      <ConfirmButton
        label="Drain"
        icon={LogOut}
        question={`Drain ${replica.id}?`}
        consequence={_consequences.drain}
        loading={drain.isPending}
        disabled={isOut || replica.phase === "draining"}
        onConfirm={() => drain.mutate(replica.id)}
      />
      <ConfirmButton
        label="Kill"
        icon={Zap}
        question={`Kill ${replica.id}?`}
        consequence={_consequences.kill}
        loading={kill.isPending}
        disabled={isOut}
        onConfirm={() => kill.mutate(replica.id)}
      />
    </Group>
  )
}

export { ReplicaCard }
