import { Alert, Anchor, Group, Stack } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { getRouteApi, Link } from "@tanstack/react-router"
import { Import } from "@tessera/shared/import/import"
import { Ban, ChevronLeft, CircleX } from "lucide-react"
import { type ReactNode } from "react"
import { Format } from "../../lib/format.ts"
import { useAction } from "../../lib/use-action.ts"
import { usePermission } from "../../lib/use-permission.ts"
import { ConfirmButton } from "../../ui/confirm-button.tsx"
import { PageHeader } from "../../ui/page-header.tsx"
import { QueryView } from "../../ui/query-view.tsx"
import { TimeText } from "../../ui/time-text.tsx"
import { ImportCounts } from "./import-counts.tsx"
import { ImportProgress } from "./import-progress.tsx"
import { ImportQueries } from "./import-queries.ts"
import { ImportStatus } from "./import-status.tsx"
import { MappingEditor } from "./mapping-editor.tsx"
import { RejectedRows } from "./rejected-rows.tsx"

const _route = getRouteApi("/app/imports/$id")

/** `/imports/:id`: one import from upload to result; the address survives a reload at any moment. */
const ImportPage = (): ReactNode => {
  const id = Import.Id.make(_route.useParams().id)
  const query = useQuery(ImportQueries.byId(id))
  return (
    <>
      <Anchor component={Link} to="/imports" size="xs" c="dimmed">
        <Group gap={4} mb={6}>
          <ChevronLeft size={13} aria-hidden /> Imports
        </Group>
      </Anchor>
      <QueryView query={query}>{(row) => <ImportView row={row} />}</QueryView>
    </>
  )
}

const ImportView = ({ row }: { readonly row: Import.Model }) => {
  const mayOperate = usePermission("operate")
  const cancel = useAction(ImportQueries.cancel, { done: "Import cancelled" })
  const isRunning = !Import.isFinal(row.status)
  return (
    <>
      <PageHeader
        title={
          <Group gap="sm">
            {row.fileName} <ImportStatus status={row.status} testId="import-status" />
          </Group>
        }
        description={
          <>
            {row.kind}, {Format.bytes(row.fileBytes)}, started <TimeText at={row.createdAt} />
          </>
        }
      >
        {isRunning && (
          <ConfirmButton
            label="Cancel import"
            icon={Ban}
            question="Cancel this import?"
            consequence="Rows that are already written stay; the rest is not read."
            loading={cancel.isPending}
            disabled={!mayOperate}
            onConfirm={() => cancel.mutate(row.id)}
          />
        )}
      </PageHeader>
      <Stack gap="md">
        {row.error !== null && (
          <Alert
            color="red"
            variant="default"
            icon={<CircleX color="var(--tessera-bad)" />}
            title="The import failed"
          >
            {row.error}
          </Alert>
        )}
        <ImportProgress row={row} />
        <ImportCounts row={row} />
        {row.status === "ready" && <MappingEditor key={JSON.stringify(row.mapping)} row={row} />}
        {row.counts.rejected > 0 && (
          <RejectedRows id={row.id} total={row.counts.rejected} columns={row.columns} />
        )}
      </Stack>
    </>
  )
}

export { ImportPage }
