import { Badge, Group, Progress, Table, Text } from "@mantine/core"
import { type Replica } from "@tessera/shared/replica/replica"
import { Zap } from "lucide-react"
import { Format } from "../../lib/format.ts"
import { useAction } from "../../lib/use-action.ts"
import { usePermission } from "../../lib/use-permission.ts"
import { useSession } from "../../lib/use-session.ts"
import { ConfirmButton } from "../../ui/confirm-button.tsx"
import { DataTable } from "../../ui/data-table.tsx"
import { StatusBadge } from "../../ui/status-badge.tsx"
import { TimeText } from "../../ui/time-text.tsx"
import { ReplicaQueries } from "./replica-queries.ts"

const _columns = [
  { label: "Replica" },
  { label: "Address", wide: true },
  { label: "Health" },
  { label: "Shards" },
  { label: "Memory", wide: true, numeric: true },
  { label: "Started", wide: true, numeric: true },
  { label: "Actions", numeric: true, hidden: true }
] as const

/** Rows of replicas; in demo mode each can be killed, to watch its work move. */
const ReplicaTable = ({
  replicas,
  shards
}: {
  readonly replicas: ReadonlyArray<Replica.Model>
  readonly shards: number
}) => {
  const { demo } = useSession()
  return (
    <DataTable label="Replicas" columns={_columns} minWidth={820}>
      {replicas.map((replica) => (
        <Table.Tr key={replica.id} data-testid="replica-row" data-healthy={replica.healthy}>
          <Table.Td>
            <Group gap="xs">
              <Text size="sm" fw={600}>
                {replica.id}
              </Text>
              {replica.self && (
                <Badge variant="default" size="sm" tt="none" fw={500} miw="max-content">
                  this one
                </Badge>
              )}
            </Group>
          </Table.Td>
          <Table.Td data-wide>
            <Text size="xs" ff="monospace">
              {replica.address}
            </Text>
          </Table.Td>
          <Table.Td>
            <StatusBadge tone={replica.healthy ? "good" : "bad"}>
              {replica.healthy ? "Healthy" : "Not answering"}
            </StatusBadge>
          </Table.Td>
          <Table.Td miw={{ sm: 160 }}>
            <Group gap={8} wrap="nowrap">
              <Progress
                visibleFrom="sm"
                flex={1}
                size="sm"
                aria-label={`Share of shards of ${replica.id}`}
                value={(replica.shards / Math.max(1, shards)) * 100}
              />
              <Text size="sm" w={32} ta="right">
                {replica.shards}
              </Text>
            </Group>
          </Table.Td>
          <Table.Td data-wide className="tessera-number">
            {Format.bytes(replica.rssBytes)}
          </Table.Td>
          <Table.Td data-wide className="tessera-number">
            <Text size="sm" c="dimmed" component="span">
              <TimeText at={replica.startedAt} />
            </Text>
          </Table.Td>
          <Table.Td className="tessera-number">{demo && <Kill replica={replica} />}</Table.Td>
        </Table.Tr>
      ))}
    </DataTable>
  )
}

const Kill = ({ replica }: { readonly replica: Replica.Model }) => {
  const mayManage = usePermission("manage")
  const kill = useAction(ReplicaQueries.kill, { done: `${replica.id} killed` })
  return (
    <ConfirmButton
      label="Kill"
      icon={Zap}
      question={`Kill ${replica.id}?`}
      consequence="The process ends at once (SIGKILL). The others take its shards over within seconds."
      loading={kill.isPending}
      disabled={!mayManage || !replica.healthy}
      onConfirm={() => kill.mutate(replica.id)}
    />
  )
}

export { ReplicaTable }
