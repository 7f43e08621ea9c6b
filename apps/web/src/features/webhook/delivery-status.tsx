import { type Webhook } from "@tessera/shared/webhook/webhook"
import { StatusBadge } from "../../ui/status-badge.tsx"

const _looks = {
  pending: { tone: "busy", label: "Pending" },
  delivered: { tone: "good", label: "Delivered" },
  dead: { tone: "bad", label: "Given up" }
} as const satisfies Record<
  Webhook.DeliveryStatus,
  { readonly tone: StatusBadge.Tone; readonly label: string }
>

/** What became of one message to one endpoint. */
const DeliveryStatus = ({ status }: { readonly status: Webhook.DeliveryStatus }) => (
  <StatusBadge tone={_looks[status].tone}>{_looks[status].label}</StatusBadge>
)

export { DeliveryStatus }
