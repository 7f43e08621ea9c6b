import { Button, Table, Text } from "@mantine/core"
import { type Job } from "@tessera/shared/job/job"
import { RotateCw } from "lucide-react"
import { useAction } from "../../lib/use-action.ts"
import { usePermission } from "../../lib/use-permission.ts"
import { DataTable } from "../../ui/data-table.tsx"
import { StatusBadge } from "../../ui/status-badge.tsx"
import { TimeText } from "../../ui/time-text.tsx"
import { JobQueries } from "./job-queries.ts"

const _looks = {
  queued: { tone: "quiet", label: "Queued" },
  running: { tone: "busy", label: "Running" },
  succeeded: { tone: "good", label: "Succeeded" },
  dead: { tone: "bad", label: "Dead" },
  cancelled: { tone: "warn", label: "Cancelled" }
} as const satisfies Record<Job.Status, { readonly tone: StatusBadge.Tone; readonly label: string }>

const _columns = [
  { label: "Job" },
  { label: "Status" },
  { label: "Attempts", wide: true, numeric: true },
  { label: "Next due", wide: true, numeric: true },
  { label: "Created", wide: true, numeric: true },
  { label: "Actions", numeric: true, hidden: true }
] as const

/** Rows of jobs with their last error; a dead one can be replayed. */
const JobTable = ({ jobs }: { readonly jobs: ReadonlyArray<Job.Model> }) => (
  <DataTable label="Jobs" columns={_columns} minWidth={780}>
    {jobs.map((job) => (
      <Table.Tr key={job.id} data-testid="job-row" data-status={job.status}>
        <Table.Td>
          <Text size="sm" fw={600}>
            {job.name}
          </Text>
          <Text size="xs" c="dimmed">
            {job.queue}
          </Text>
          {job.lastError !== null && (
            <Text
              size="xs"
              truncate
              maw={{ base: 110, sm: 420 }}
              title={job.lastError}
              style={{ color: "var(--tessera-bad)" }}
            >
              {job.lastError}
            </Text>
          )}
        </Table.Td>
        <Table.Td>
          <StatusBadge tone={_looks[job.status].tone}>{_looks[job.status].label}</StatusBadge>
        </Table.Td>
        <Table.Td data-wide className="tessera-number">
          {job.attempts} of {job.maxAttempts}
        </Table.Td>
        <Table.Td data-wide className="tessera-number">
          {job.nextDueAt !== null && <TimeText at={job.nextDueAt} />}
        </Table.Td>
        <Table.Td data-wide className="tessera-number">
          <Text size="sm" c="dimmed" component="span">
            <TimeText at={job.createdAt} />
          </Text>
        </Table.Td>
        <Table.Td className="tessera-number">{job.status === "dead" && <Replay job={job} />}</Table.Td>
      </Table.Tr>
    ))}
  </DataTable>
)

const Replay = ({ job }: { readonly job: Job.Model }) => {
  const mayOperate = usePermission("operate")
  const replay = useAction(JobQueries.replay, { done: `${job.name} queued again` })
  return (
    <Button
      variant="default"
      size="compact-xs"
      leftSection={<RotateCw size={12} />}
      disabled={!mayOperate}
      loading={replay.isPending}
      onClick={() => replay.mutate(job.id)}
    >
      Replay
    </Button>
  )
}

export { JobTable }
