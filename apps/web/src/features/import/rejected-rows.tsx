import { Button, Table, Text } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { getRouteApi } from "@tanstack/react-router"
import { type Import } from "@tessera/shared/import/import"
import { CircleCheck, Download } from "lucide-react"
import { Format } from "../../lib/format.ts"
import { DataTable } from "../../ui/data-table.tsx"
import { NothingHere } from "../../ui/nothing-here.tsx"
import { Pager } from "../../ui/pager.tsx"
import { Panel } from "../../ui/panel.tsx"
import { QueryView } from "../../ui/query-view.tsx"
import { ImportQueries } from "./import-queries.ts"

const _route = getRouteApi("/app/imports/$id")

/** More columns than this make no table that a person reads; the download has all. */
const _maxCells = 6

const _columns = (names: ReadonlyArray<string>) => [
  { label: "Row", numeric: true },
  { label: "Reason" },
  ...names.slice(0, _maxCells).map((label) => ({ label }))
]

/** What was not imported and why, row by row, and the same as a file to repair and upload again. */
const RejectedRows = ({
  id,
  total,
  columns
}: {
  readonly id: Import.Id
  readonly total: number
  readonly columns: ReadonlyArray<string>
}) => {
  const search = _route.useSearch()
  const navigate = _route.useNavigate()
  const rejected = useQuery(ImportQueries.rejected(id, search))
  const download = (
    <Button
      component="a"
      href={`/v1/imports/${id}/rejected.csv`}
      download
      variant="default"
      size="compact-sm"
      leftSection={<Download size={13} />}
    >
      Download CSV
    </Button>
  )
  const none = (
    <NothingHere
      icon={CircleCheck}
      title="No rejected rows here"
      description="They were all accepted since."
    />
  )
  return (
    <Panel title={`${Format.count(total)} rejected rows`} actions={download}>
      <QueryView query={rejected} isEmpty={({ items }) => items.length === 0} empty={none}>
        {({ items, nextCursor }) => (
          <>
            <DataTable label="Rejected rows" columns={_columns(columns)} minWidth={760}>
              {items.map(({ row, reason, cells }) => (
                <Table.Tr key={row} data-testid="rejected-row">
                  <Table.Td className="tessera-number">{Format.count(row)}</Table.Td>
                  <Table.Td style={{ color: "var(--tessera-bad)" }}>{reason}</Table.Td>
                  {columns.slice(0, _maxCells).map((column, index) => (
                    <Table.Td key={column}>
                      <Text size="xs" c="dimmed" truncate maw={200} component="div">
                        {String(cells[index] ?? "")}
                      </Text>
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </DataTable>
            <Pager
              shown={items.length}
              cursor={search.cursor}
              nextCursor={nextCursor}
              onGo={(cursor) => navigate({ search: { cursor } })}
            />
          </>
        )}
      </QueryView>
    </Panel>
  )
}

export { RejectedRows }
