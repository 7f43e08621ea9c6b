import { Box, Group, Table, Text } from "@mantine/core"
import { Cluster } from "@tessera/shared/replica/cluster"
import { type Replica } from "@tessera/shared/replica/replica"
import { Array as Arr } from "effect"
import { useRef, useState } from "react"
import { Format } from "../../lib/format.ts"
import { useReplicaColor } from "../../lib/use-replica-color.ts"
import { DataTable } from "../../ui/data-table.tsx"
import { FilterTabs } from "../../ui/filter-tabs.tsx"
import { Panel } from "../../ui/panel.tsx"
import { ReplicaMark } from "../../ui/replica-mark.tsx"

type _View = "map" | "table"
const _views = [
  { value: "map", label: "Map" },
  { value: "table", label: "Table" }
] as const
const _columns = [
  { label: "Owner" },
  { label: "Shards", numeric: true },
  { label: "Share", numeric: true, wide: true },
  { label: "Numbers" }
] as const

interface _Owner {
  readonly replica: string
  readonly owned: boolean
  readonly shards: ReadonlyArray<number>
}

const _keyOf = (holder: Cluster.Holder) =>
  holder === null ? "" : `${holder.replica}${holder.owned ? "" : ", gone"}`

const _numbered = (holders: ReadonlyArray<Cluster.Holder>) =>
  holders.map((holder, index) => ({ holder, key: _keyOf(holder), shard: index + 1 }))

/** Owners in order of name, those who left shards behind among them. */
const _owners = (holders: ReadonlyArray<Cluster.Holder>): ReadonlyArray<_Owner> => {
  const groups = Arr.groupBy(_numbered(holders), ({ holder }) => _keyOf(holder))
  return Object.entries(groups)
    .toSorted(([left], [right]) => left.localeCompare(right))
    .map(([, members]) => ({
      replica: members[0]?.holder?.replica ?? "",
      owned: members[0]?.holder?.owned ?? false,
      shards: members.map(({ shard }) => shard)
    }))
}

/** `1–4, 9, 12–15`: neighbours together. */
const _ranges = (shards: ReadonlyArray<number>): string => {
  const starts = shards.filter((shard, index) => shards[index - 1] !== shard - 1)
  const ends = shards.filter((shard, index) => shards[index + 1] !== shard + 1)
  return starts
    .map((start, index) => (start === ends[index] ? `${start}` : `${start}–${ends[index]}`))
    .join(", ")
}

/** Which replica owns which of the 300 shards, as a picture and as a table; a shard that moves is seen to. */
const ShardMap = ({ replicas }: { readonly replicas: ReadonlyArray<Replica.Model> }) => {
  const [view, setView] = useState<_View>("map")
  const holders = Cluster.holders(replicas)
  const owners = _owners(holders)
  return (
    <Panel
      title="Shards"
      testId="shard-map"
      actions={
        <FilterTabs
          label="View of the shards"
          choices={_views}
          value={view}
          onChange={(chosen) => setView(chosen ?? "map")}
        />
      }
    >
      {view === "map" ? (
        <Box px="md" pb="md">
          <Cells holders={holders} owners={owners} />
          <Legend owners={owners} />
        </Box>
      ) : (
        <OwnerTable owners={owners} />
      )}
    </Panel>
  )
}

const _spoken = ({ owned, replica, shards }: _Owner) =>
  replica === ""
    ? `${shards.length} without an owner`
    : `${shards.length} ${owned ? "of" : "left behind by"} ${replica}`

const Cells = ({
  holders,
  owners
}: {
  readonly holders: ReadonlyArray<Cluster.Holder>
  readonly owners: ReadonlyArray<_Owner>
}) => {
  const colorOf = useReplicaColor()
  // What was there when the page opened did not move.
  const first = useRef(holders.map(_keyOf))
  return (
    <div className="tessera-shards" role="img" aria-label={`Shards: ${owners.map(_spoken).join(", ")}`}>
      {_numbered(holders).map(({ holder, key, shard }) => (
        <div
          key={`${shard} ${key}`}
          className="tessera-shard"
          style={holder === null ? {} : colorOf(holder.replica)}
          title={`Shard ${shard}: ${key === "" ? "nobody" : key}`}
          data-owner={holder?.replica}
          data-owned={holder?.owned ?? false}
          data-moved={key === first.current[shard - 1] ? undefined : true}
        />
      ))}
    </div>
  )
}

const Name = ({ owned, replica }: _Owner) =>
  replica === "" ? (
    <>No owner</>
  ) : (
    <>
      <ReplicaMark id={replica} />
      {owned ? "" : " (gone, waiting for a new owner)"}
    </>
  )

const Legend = ({ owners }: { readonly owners: ReadonlyArray<_Owner> }) => (
  <Group gap="md" mt={12} data-testid="shard-legend">
    {owners.map((owner) => (
      <Text key={`${owner.replica} ${owner.owned}`} size="sm" component="span">
        <Name {...owner} /> <b>{owner.shards.length}</b>
      </Text>
    ))}
  </Group>
)

const OwnerTable = ({ owners }: { readonly owners: ReadonlyArray<_Owner> }) => (
  <DataTable label="Shards by owner" columns={_columns} minWidth={420}>
    {owners.map((owner) => (
      <Table.Tr key={`${owner.replica} ${owner.owned}`} data-testid="shard-owner">
        <Table.Td style={{ verticalAlign: "top" }}>
          <Name {...owner} />
        </Table.Td>
        <Table.Td className="tessera-number" style={{ verticalAlign: "top" }}>
          {owner.shards.length}
        </Table.Td>
        <Table.Td className="tessera-number" style={{ verticalAlign: "top" }} data-wide>
          {Format.percent((owner.shards.length / Cluster.shards) * 100)}
        </Table.Td>
        <Table.Td>
          <Text size="xs" c="dimmed">
            {_ranges(owner.shards)}
          </Text>
        </Table.Td>
      </Table.Tr>
    ))}
  </DataTable>
)

export { ShardMap }
