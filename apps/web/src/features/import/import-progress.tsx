import { Box, Group, Progress, Text } from "@mantine/core"
import { type Import } from "@tessera/shared/import/import"
import { Format } from "../../lib/format.ts"
import { Panel } from "../../ui/panel.tsx"

const _phases = {
  uploaded: "Waits for a worker",
  previewing: "Reading the file",
  ready: "Preview done: nothing is written yet",
  committing: "Writing rows",
  completed: "Done",
  failed: "Stopped",
  cancelled: "Stopped"
} as const satisfies Record<Import.Status, string>

const _facts = (row: Import.Model): ReadonlyArray<string> => [
  `${Format.count(row.counts.rows)} rows`,
  ...(row.rowsPerSecond > 0 ? [`${Format.count(Math.round(row.rowsPerSecond))} rows/s`] : []),
  ...(row.etaSeconds === null ? [] : [`about ${Format.duration(row.etaSeconds * 1000)} left`])
]

/** How far the running phase is, how fast, and how long it will take. */
const ImportProgress = ({ row }: { readonly row: Import.Model }) => (
  <Panel>
    <Box p="md">
      <Group justify="space-between" mb={8} gap="xs">
        <Text size="sm" fw={600} aria-live="polite">
          {_phases[row.status]}
        </Text>
        <Text size="sm" c="dimmed" data-testid="import-facts">
          {_facts(row).join(" · ")}
        </Text>
      </Group>
      <Group gap="sm" wrap="nowrap">
        <Progress
          flex={1}
          size="md"
          value={row.percent}
          color={row.status === "failed" || row.status === "cancelled" ? "gray.7" : "indigo"}
          aria-label="Import progress"
        />
        <Text size="sm" fw={600} w={44} ta="right" data-testid="import-progress">
          {Format.percent(row.percent)}
        </Text>
      </Group>
    </Box>
  </Panel>
)

export { ImportProgress }
