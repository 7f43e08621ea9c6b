import { Group, Progress, Table, Text } from "@mantine/core"
import { Link } from "@tanstack/react-router"
import { Import } from "@tessera/shared/import/import"
import { Format } from "../../lib/format.ts"
import { DataTable } from "../../ui/data-table.tsx"
import { TimeText } from "../../ui/time-text.tsx"
import { ImportStatus } from "./import-status.tsx"

const _columns = [
  { label: "File" },
  { label: "Status" },
  { label: "Progress", wide: true },
  { label: "Created", wide: true, numeric: true },
  { label: "Updated", wide: true, numeric: true },
  { label: "Rejected", wide: true, numeric: true },
  { label: "Started", wide: true, numeric: true }
] as const

/** Rows of imports; a running one shows its progress in place. */
const ImportTable = ({ imports }: { readonly imports: ReadonlyArray<Import.Model> }) => (
  <DataTable label="Imports" columns={_columns} minWidth={820}>
    {imports.map((row) => (
      <Table.Tr key={row.id} data-link data-testid="import-row">
        <Table.Td>
          <Link to="/imports/$id" params={{ id: row.id }} className="tessera-link tessera-row-link">
            {row.fileName}
          </Link>
          <Text size="xs" c="dimmed">
            {row.kind}, {Format.bytes(row.fileBytes)}
          </Text>
        </Table.Td>
        <Table.Td>
          <ImportStatus status={row.status} />
        </Table.Td>
        <Table.Td data-wide w={150}>
          {!Import.isFinal(row.status) && <SmallProgress row={row} />}
        </Table.Td>
        <Table.Td data-wide className="tessera-number">
          {Format.count(row.counts.created)}
        </Table.Td>
        <Table.Td data-wide className="tessera-number">
          {Format.count(row.counts.updated)}
        </Table.Td>
        <Table.Td data-wide className="tessera-number">
          {Format.count(row.counts.rejected)}
        </Table.Td>
        <Table.Td data-wide className="tessera-number">
          <Text size="sm" c="dimmed" component="span">
            <TimeText at={row.createdAt} />
          </Text>
        </Table.Td>
      </Table.Tr>
    ))}
  </DataTable>
)

const SmallProgress = ({ row }: { readonly row: Import.Model }) => (
  <Group gap={8} wrap="nowrap">
    <Progress flex={1} size="sm" value={row.percent} aria-label={`Progress of ${row.fileName}`} />
    <Text size="xs">{Format.percent(row.percent)}</Text>
  </Group>
)

export { ImportTable }
