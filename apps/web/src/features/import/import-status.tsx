import { type Import } from "@tessera/shared/import/import"
import { StatusBadge } from "../../ui/status-badge.tsx"

const _looks = {
  uploaded: { tone: "quiet", label: "Uploaded" },
  previewing: { tone: "busy", label: "Reading the file" },
  ready: { tone: "warn", label: "Waits for you" },
  committing: { tone: "busy", label: "Importing" },
  completed: { tone: "good", label: "Completed" },
  failed: { tone: "bad", label: "Failed" },
  cancelled: { tone: "bad", label: "Cancelled" }
} as const satisfies Record<Import.Status, { readonly tone: StatusBadge.Tone; readonly label: string }>

/** Where an import stands; `testId` only on the page of one import, a list would repeat it. */
const ImportStatus = ({ status, testId }: { readonly status: Import.Status; readonly testId?: string }) => (
  <StatusBadge tone={_looks[status].tone} testId={testId}>
    {_looks[status].label}
  </StatusBadge>
)

export { ImportStatus }
