import { SimpleGrid } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { Server } from "lucide-react"
import { type ReactNode } from "react"
import { Format } from "../../lib/format.ts"
import { NothingHere } from "../../ui/nothing-here.tsx"
import { PageHeader } from "../../ui/page-header.tsx"
import { Panel } from "../../ui/panel.tsx"
import { QueryView } from "../../ui/query-view.tsx"
import { StatTile } from "../../ui/stat-tile.tsx"
import { ReplicaQueries } from "./replica-queries.ts"
import { ReplicaTable } from "./replica-table.tsx"

/** `/cluster`: the replicas and how the shards are spread over them. */
const ClusterPage = (): ReactNode => {
  const replicas = useQuery(ReplicaQueries.list)
  const none = (
    <NothingHere icon={Server} title="No replica has registered" description="Wait a moment, or start one." />
  )
  return (
    <>
      <PageHeader
        title="Cluster"
        description="Equal replicas share the shards; when one dies, the others take its work over."
      />
      <QueryView query={replicas} isEmpty={(rows) => rows.length === 0} empty={none}>
        {(rows) => {
          const shards = rows.reduce((sum, replica) => sum + replica.shards, 0)
          return (
            <>
              <SimpleGrid cols={{ base: 2, sm: 3 }} spacing="md" mb="md">
                <StatTile
                  label="Healthy replicas"
                  value={`${rows.filter(({ healthy }) => healthy).length} of ${rows.length}`}
                  testId="replicas-healthy"
                />
                <StatTile label="Shards owned" value={Format.count(shards)} testId="shards-owned" />
              </SimpleGrid>
              <Panel title="Replicas">
                <ReplicaTable replicas={rows} shards={shards} />
              </Panel>
            </>
          )
        }}
      </QueryView>
    </>
  )
}

export { ClusterPage }
