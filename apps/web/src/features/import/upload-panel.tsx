import { Box, Checkbox, Group, Progress, SegmentedControl, Text } from "@mantine/core"
import { notifications } from "@mantine/notifications"
import { useNavigate } from "@tanstack/react-router"
import { type Import } from "@tessera/shared/import/import"
import { FileSpreadsheet } from "lucide-react"
import { useState } from "react"
import { useDropzone } from "react-dropzone"
import { Format } from "../../lib/format.ts"
import { useAction } from "../../lib/use-action.ts"
import { Panel } from "../../ui/panel.tsx"
import { ImportQueries } from "./import-queries.ts"

const _kinds = [
  { value: "products", label: "Products" },
  { value: "orders", label: "Orders" }
] as const satisfies ReadonlyArray<{ readonly value: Import.Kind; readonly label: string }>

const _accept = {
  "text/csv": [".csv", ".tsv", ".txt"],
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": [".xlsx"]
}
/** The server's own limit; a larger file is refused here before it travels. */
const _maxBytes = 2 * 1024 ** 3

/** Takes one file by drop or by choice and shows how much of it has left the browser. */
const UploadPanel = ({ mayOperate }: { readonly mayOperate: boolean }) => {
  const navigate = useNavigate()
  const [kind, setKind] = useState<Import.Kind>("products")
  const [autocommit, setAutocommit] = useState(false)
  const [percent, setPercent] = useState(0)
  const upload = useAction(ImportQueries.upload, {
    onDone: ({ id }) => {
      navigate({ to: "/imports/$id", params: { id } })
    }
  })
  const start = (files: ReadonlyArray<File>) => {
    setPercent(0)
    files.forEach((file) => {
      upload.mutate({ kind, autocommit, file, onProgress: setPercent })
    })
  }
  const dropzone = useDropzone({
    accept: _accept,
    maxFiles: 1,
    multiple: false,
    maxSize: _maxBytes,
    disabled: !mayOperate || upload.isPending,
    onDropAccepted: start,
    onDropRejected: () =>
      notifications.show({
        color: "red",
        title: "Not this file",
        message: "One CSV or XLSX file of up to 2 GB."
      })
  })
  return (
    <Panel title="New import">
      <Box px="md" pb="md">
        <Group gap="md" mb="sm">
          <SegmentedControl
            size="xs"
            aria-label="What the file holds"
            data={[..._kinds]}
            value={kind}
            onChange={setKind}
          />
          <Checkbox
            size="xs"
            label="Import without asking me"
            checked={autocommit}
            onChange={(event) => setAutocommit(event.currentTarget.checked)}
          />
        </Group>
        <div
          {...dropzone.getRootProps({ className: "tessera-drop", "aria-label": "Upload a spreadsheet" })}
          data-active={dropzone.isDragActive ? true : undefined}
        >
          <input
            {...dropzone.getInputProps({ "aria-label": "Spreadsheet file" })}
            data-testid="import-file"
          />
          <FileSpreadsheet size={26} strokeWidth={1.5} aria-hidden />
          <Text size="sm" fw={600}>
            {mayOperate
              ? "Drop a CSV or Excel file here, or press Enter to choose one"
              : "Your role may not import"}
          </Text>
          <Text size="xs" c="dimmed">
            One file of up to 2 GB; it is read while it uploads
          </Text>
        </div>
        {upload.isPending && (
          <Group gap="sm" mt="sm" wrap="nowrap" data-testid="upload-progress">
            <Progress flex={1} value={percent} aria-label="Upload" />
            <Text size="xs">{Format.percent(percent)} uploaded</Text>
          </Group>
        )}
      </Box>
    </Panel>
  )
}

export { UploadPanel }
