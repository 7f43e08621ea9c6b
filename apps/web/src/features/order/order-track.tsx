import { Group, Text } from "@mantine/core"
import { Order } from "@tessera/shared/order/order"
import { CircleCheck, CircleDashed, CircleDot, CircleX, Undo2 } from "lucide-react"
import { Panel } from "../../ui/panel.tsx"

const _path = ["placed", "reserved", "authorised", "captured", "booked", "fulfilled"] as const
const _undone = ["placed", "cancelling", "cancelled"] as const satisfies ReadonlyArray<Order.Status>

const _marks = {
  past: { icon: CircleCheck, color: "var(--tessera-good)" },
  now: { icon: CircleDot, color: "var(--tessera-busy)" },
  next: { icon: CircleDashed, color: "var(--tessera-quiet)" },
  undo: { icon: Undo2, color: "var(--tessera-warn)" },
  dead: { icon: CircleX, color: "var(--tessera-bad)" }
} as const

const _ends: Partial<Record<Order.Status, keyof typeof _marks>> = {
  fulfilled: "past",
  cancelling: "undo",
  cancelled: "dead"
}

const _mark = (index: number, at: number, status: Order.Status) =>
  index === at ? (_ends[status] ?? "now") : index < at ? "past" : "next"

/** The life cycle: what is done, where the order is, what comes; a cancelled order shows its own. */
const OrderTrack = ({ status }: { readonly status: Order.Status }) => {
  const isUndone = status === "cancelling" || status === "cancelled"
  const path: ReadonlyArray<Order.Status> = isUndone ? _undone : _path
  const at = path.indexOf(status)
  return (
    <Panel>
      <Group
        component="ol"
        m={0}
        px="md"
        py={10}
        gap="lg"
        style={{ listStyle: "none" }}
        aria-label="Life cycle"
      >
        {path.map((step, index) => {
          const { icon: Icon, color } = _marks[_mark(index, at, status)]
          return (
            <Group key={step} component="li" gap={6} aria-current={index === at ? "step" : undefined}>
              <Icon size={15} color={color} aria-hidden />
              <Text size="sm" {...(index === at ? { fw: 600 } : { c: "dimmed" })}>
                {Order.label(step)}
              </Text>
            </Group>
          )
        })}
      </Group>
    </Panel>
  )
}

export { OrderTrack }
