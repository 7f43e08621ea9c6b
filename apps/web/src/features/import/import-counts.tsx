import { SimpleGrid } from "@mantine/core"
import { type Import } from "@tessera/shared/import/import"
import { Format } from "../../lib/format.ts"
import { StatTile } from "../../ui/stat-tile.tsx"

const _counts = ["created", "updated", "skipped", "rejected"] as const

const _expected = {
  created: "To create",
  updated: "To update",
  skipped: "To skip",
  rejected: "Rejected"
} as const
const _done = { created: "Created", updated: "Updated", skipped: "Skipped", rejected: "Rejected" } as const

const _isPreview = (status: Import.Status) =>
  status === "uploaded" || status === "previewing" || status === "ready"

/** Before the commit what it would do, afterwards what it did. */
const ImportCounts = ({ row }: { readonly row: Import.Model }) => {
  const labels = _isPreview(row.status) ? _expected : _done
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="md">
      {_counts.map((name) => (
        <StatTile
          key={name}
          label={labels[name]}
          value={Format.count(row.counts[name])}
          testId={`import-count-${name}`}
        />
      ))}
    </SimpleGrid>
  )
}

export { ImportCounts }
