import "./cluster-page.css"
import { Grid, SimpleGrid, Stack } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { Cluster } from "@tessera/shared/replica/cluster"
import { Server } from "lucide-react"
import { type ReactNode, useEffect } from "react"
import { Format } from "../../lib/format.ts"
import { LiveStore } from "../../lib/live-store.ts"
import { useSession } from "../../lib/use-session.ts"
import { NothingHere } from "../../ui/nothing-here.tsx"
import { PageHeader } from "../../ui/page-header.tsx"
import { QueryView } from "../../ui/query-view.tsx"
import { StatTile } from "../../ui/stat-tile.tsx"
import { ActivityPanel } from "./activity-panel.tsx"
import { ClusterSkeleton } from "./cluster-skeleton.tsx"
import { LeaderPanel } from "./leader-panel.tsx"
import { ReplicaCard } from "./replica-card.tsx"
import { ReplicaQueries } from "./replica-queries.ts"
import { ShardMap } from "./shard-map.tsx"

/** `/cluster`: the replicas, who owns which shard and who leads what, streamed while the page is open. */
const ClusterPage = ({ children }: { readonly children?: ReactNode }): ReactNode => {
  const { demo } = useSession()
  const cluster = useQuery(ReplicaQueries.now)
  useEffect(() => {
    LiveStore.watchCluster(true)
    return () => LiveStore.watchCluster(false)
  }, [])
  const none = (
    <NothingHere icon={Server} title="No replica has registered" description="Wait a moment, or start one." />
  )
  return (
    <>
      <PageHeader
        title="Cluster"
        description="Equal replicas share the shards; when one dies, the others take its work over."
      />
      <QueryView
        query={cluster}
        loading={<ClusterSkeleton />}
        isEmpty={({ replicas }) => replicas.length === 0}
        empty={none}
      >
        {(snapshot) => (
          <Stack gap="md">
            <Tiles snapshot={snapshot} />
            <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md">
              {snapshot.replicas.map((replica) => (
                <ReplicaCard key={replica.id} replica={replica} at={snapshot.at} canEnd={demo} />
              ))}
            </SimpleGrid>
            {children}
            <Grid gap="md">
              <Grid.Col span={{ base: 12, md: 7 }}>
                <ShardMap replicas={snapshot.replicas} />
              </Grid.Col>
              <Grid.Col span={{ base: 12, md: 5 }} className="tessera-fill">
                <ActivityPanel />
              </Grid.Col>
            </Grid>
            <LeaderPanel leaders={snapshot.leaders} at={snapshot.at} />
          </Stack>
        )}
      </QueryView>
    </>
  )
}

const Tiles = ({ snapshot }: { readonly snapshot: Cluster.Snapshot }) => {
  const { leaders, replicas } = snapshot
  const healthy = replicas.filter((replica) => replica.healthy).length
  const owned = Cluster.holders(replicas).filter((holder) => holder?.owned === true).length
  const entities = replicas.reduce((sum, replica) => sum + (replica.reporting ? replica.entities : 0), 0)
  const late = leaders.filter((leader) => leader.late).length
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }} spacing="md">
      <StatTile
        label="Healthy replicas"
        value={`${healthy} of ${replicas.length}`}
        hint="reporting and reachable"
        testId="replicas-healthy"
      />
      <StatTile
        label="Shards owned"
        value={`${owned} of ${Cluster.shards}`}
        hint={owned === Cluster.shards ? "every one has an owner" : `${Cluster.shards - owned} wait`}
        testId="shards-owned"
      />
      <StatTile
        label="Entities in memory"
        value={Format.count(entities)}
        hint="on all replicas"
        testId="entities-active"
      />
      <StatTile
        label="Singletons and crons"
        value={Format.count(leaders.length)}
        hint={late === 0 ? "all in time" : `${late} late`}
        testId="leaders-count"
      />
    </SimpleGrid>
  )
}

export { ClusterPage }
