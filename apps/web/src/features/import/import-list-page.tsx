import { Box, Stack } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { getRouteApi } from "@tanstack/react-router"
import { FileSpreadsheet } from "lucide-react"
import { type ReactNode } from "react"
import { usePermission } from "../../lib/use-permission.ts"
import { NothingHere } from "../../ui/nothing-here.tsx"
import { PageHeader } from "../../ui/page-header.tsx"
import { Pager } from "../../ui/pager.tsx"
import { Panel } from "../../ui/panel.tsx"
import { QueryView } from "../../ui/query-view.tsx"
import { ImportQueries } from "./import-queries.ts"
import { ImportTable } from "./import-table.tsx"
import { UploadPanel } from "./upload-panel.tsx"

const _route = getRouteApi("/app/imports")

/** `/imports`: a new spreadsheet, and the history of all. */
const ImportListPage = (): ReactNode => {
  const search = _route.useSearch()
  const navigate = _route.useNavigate()
  const imports = useQuery(ImportQueries.list(search))
  const mayOperate = usePermission("operate")
  const none = (
    <NothingHere
      icon={FileSpreadsheet}
      title="No imports yet"
      description={
        mayOperate ? "Drop a spreadsheet above to begin." : "Ask an operator to upload a spreadsheet."
      }
    />
  )
  return (
    <>
      <PageHeader
        title="Imports"
        description="Products and orders from CSV or Excel; you see what would change before it does."
      />
      <Stack gap="md">
        <UploadPanel mayOperate={mayOperate} />
        <Panel title="History">
          <QueryView query={imports} isEmpty={({ items }) => items.length === 0} empty={none}>
            {({ items, nextCursor }) => (
              <Box style={{ opacity: imports.isPlaceholderData ? 0.6 : 1 }}>
                <ImportTable imports={items} />
                <Pager
                  shown={items.length}
                  cursor={search.cursor}
                  nextCursor={nextCursor}
                  onGo={(cursor) => navigate({ search: { cursor } })}
                />
              </Box>
            )}
          </QueryView>
        </Panel>
      </Stack>
    </>
  )
}

export { ImportListPage }
