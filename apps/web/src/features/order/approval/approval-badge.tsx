import { type Approval } from "@tessera/shared/approval/approval"
import { StatusBadge } from "../../../ui/status-badge.tsx"

const _looks = {
  pending: { tone: "warn", label: "Awaiting approval" },
  approved: { tone: "good", label: "Approved" },
  rejected: { tone: "bad", label: "Rejected" },
  expired: { tone: "quiet", label: "Not approved in time" }
} as const satisfies Record<Approval.Status, { readonly tone: StatusBadge.Tone; readonly label: string }>

/** Whether somebody has let the order go on. */
const ApprovalBadge = ({ approval }: { readonly approval: Approval.Status }) => (
  <StatusBadge tone={_looks[approval].tone} testId="order-approval">
    {_looks[approval].label}
  </StatusBadge>
)

export { ApprovalBadge }
