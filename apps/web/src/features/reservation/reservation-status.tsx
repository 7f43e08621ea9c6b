import { type Reservation } from "@tessera/shared/reservation/reservation"
import { StatusBadge } from "../../ui/status-badge.tsx"

const _looks = {
  held: { tone: "busy", label: "Held" },
  taken: { tone: "good", label: "Ordered" },
  released: { tone: "quiet", label: "Released" },
  expired: { tone: "warn", label: "Expired" }
} as const satisfies Record<Reservation.Status, { readonly tone: StatusBadge.Tone; readonly label: string }>

/** Where a reservation stands, in words. */
const ReservationStatus = ({ status }: { readonly status: Reservation.Status }) => (
  <StatusBadge tone={_looks[status].tone} testId="reservation-status">
    {_looks[status].label}
  </StatusBadge>
)

export { ReservationStatus }
