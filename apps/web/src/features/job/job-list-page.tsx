import { Box, Button, Group } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { getRouteApi } from "@tanstack/react-router"
import { type Job } from "@tessera/shared/job/job"
import { ListChecks } from "lucide-react"
import { type ReactNode } from "react"
import { FilterTabs } from "../../ui/filter-tabs.tsx"
import { NothingHere } from "../../ui/nothing-here.tsx"
import { PageHeader } from "../../ui/page-header.tsx"
import { Pager } from "../../ui/pager.tsx"
import { Panel } from "../../ui/panel.tsx"
import { QueryView } from "../../ui/query-view.tsx"
import { JobQueries } from "./job-queries.ts"
import { JobTable } from "./job-table.tsx"

const _route = getRouteApi("/app/jobs")

const _choices = [
  { value: undefined, label: "All" },
  { value: "queued", label: "Queued" },
  { value: "running", label: "Running" },
  { value: "succeeded", label: "Succeeded" },
  { value: "dead", label: "Dead letters" },
  { value: "cancelled", label: "Cancelled" }
] as const satisfies ReadonlyArray<FilterTabs.Choice<Job.Status>>

/** `/jobs`: background work by state, and the dead letters that can be sent round again. */
const JobListPage = (): ReactNode => {
  const search = _route.useSearch()
  const navigate = _route.useNavigate()
  const jobs = useQuery(JobQueries.list(search))
  const isFiltered = search.status !== undefined
  const none = (
    <NothingHere
      icon={ListChecks}
      title={isFiltered ? "No job in this state" : "No jobs yet"}
      description={isFiltered ? "That may be good news." : "An import or a webhook makes the first one."}
    >
      {isFiltered && (
        <Button variant="default" onClick={() => navigate({ search: {} })}>
          Show all
        </Button>
      )}
    </NothingHere>
  )
  return (
    <>
      <PageHeader title="Jobs" description="Background work: retried by itself, and kept when it gives up." />
      <Panel>
        <Group px="md" py={10}>
          <FilterTabs
            label="Job status"
            choices={_choices}
            value={search.status}
            onChange={(status) => navigate({ search: { status } })}
          />
        </Group>
        <QueryView query={jobs} isEmpty={({ items }) => items.length === 0} empty={none}>
          {({ items, nextCursor }) => (
            <Box style={{ opacity: jobs.isPlaceholderData ? 0.6 : 1 }}>
              <JobTable jobs={items} />
              <Pager
                shown={items.length}
                cursor={search.cursor}
                nextCursor={nextCursor}
                onGo={(cursor) => navigate({ search: { ...search, cursor } })}
              />
            </Box>
          )}
        </QueryView>
      </Panel>
    </>
  )
}

export { JobListPage }
