import { type Event } from "@tessera/shared/event/event"
import {
  CircleCheck,
  CircleX,
  FileSpreadsheet,
  Hourglass,
  Package,
  RotateCcw,
  Route,
  ShoppingCart,
  Stamp,
  Undo2
} from "lucide-react"

const _icons = {
  "order.placed": { icon: ShoppingCart, color: "var(--tessera-busy)" },
  "order.advanced": { icon: Route, color: "var(--tessera-quiet)" },
  "order.fulfilled": { icon: CircleCheck, color: "var(--tessera-good)" },
  "order.cancelled": { icon: CircleX, color: "var(--tessera-bad)" },
  "order.retried": { icon: RotateCcw, color: "var(--tessera-busy)" },
  "order.approval_requested": { icon: Hourglass, color: "var(--tessera-warn)" },
  "order.approval_decided": { icon: Stamp, color: "var(--tessera-quiet)" },
  "order.refunded": { icon: Undo2, color: "var(--tessera-quiet)" },
  "product.created": { icon: Package, color: "var(--tessera-busy)" },
  "product.restocked": { icon: Package, color: "var(--tessera-quiet)" },
  "product.imported": { icon: Package, color: "var(--tessera-busy)" },
  "import.progressed": { icon: FileSpreadsheet, color: "var(--tessera-quiet)" },
  "import.completed": { icon: FileSpreadsheet, color: "var(--tessera-good)" },
  "import.failed": { icon: FileSpreadsheet, color: "var(--tessera-bad)" }
} as const satisfies Record<Event.Payload["_tag"], unknown>

/** The picture of a type of event, in the colour of how good the news is; the words stand beside it. */
const EventIcon = ({ type }: { readonly type: Event.Payload["_tag"] }) => {
  const { icon: Icon, color } = _icons[type]
  return <Icon size={15} color={color} aria-hidden />
}

export { EventIcon }
