import { Text } from "@mantine/core"
import { Link } from "@tanstack/react-router"
import { type Event } from "@tessera/shared/event/event"
import { Money } from "@tessera/shared/money"
import { Order } from "@tessera/shared/order/order"
import { type OrderEvent } from "@tessera/shared/order/order-event"
import { Match } from "effect"
import { Format } from "../lib/format.ts"

interface _Line {
  readonly subject: string
  readonly says: string
  readonly to: string
}

const _order = (payload: { readonly orderId: string; readonly number: string }, says: string): _Line => ({
  subject: `Order ${payload.number}`,
  says,
  to: `/orders/${payload.orderId}`
})
const _import = (payload: { readonly importId: string; readonly fileName: string }, says: string): _Line => ({
  subject: payload.fileName,
  says,
  to: `/imports/${payload.importId}`
})
const _product = (sku: string, says: string): _Line => ({
  subject: sku,
  says,
  to: `/products?search=${encodeURIComponent(sku)}`
})

const _decided = ({ by, verdict }: OrderEvent.ApprovalDecided) =>
  by === null ? `approval ${verdict}` : `${verdict} by ${by}`

const _line = Match.type<Event.Payload>().pipe(
  Match.tagsExhaustive({
    "order.placed": (it) => _order(it, `placed, ${Money.format(it.totalMinor, it.currency)}`),
    "order.advanced": (it) => _order(it, Order.label(it.to).toLowerCase()),
    "order.fulfilled": (it) => _order(it, "fulfilled"),
    "order.cancelled": (it) => _order(it, `cancelled: ${it.reason}`),
    "order.retried": (it) => _order(it, `tried again, run ${it.run}`),
    "order.approval_requested": (it) => _order(it, "waits for approval"),
    "order.approval_decided": (it) => _order(it, _decided(it)),
    "order.refunded": (it) => _order(it, `${Money.format(it.amountMinor, it.currency)} refunded`),
    "product.created": (it) => _product(it.sku, "entered the catalogue"),
    "product.restocked": (it) => _product(it.sku, `restocked by ${Format.count(it.quantity)}`),
    "product.imported": (it) => ({
      subject: `${Format.count(it.count)} products`,
      says: "imported",
      to: `/imports/${it.importId}`
    }),
    "import.progressed": (it) =>
      _import(it, `at ${Format.percent(it.percent)}, ${Format.count(it.rows)} rows`),
    "import.completed": (it) => _import(it, `imported, ${Format.count(it.counts.rejected)} rows rejected`),
    "import.failed": (it) => _import(it, `failed: ${it.reason}`)
  })
)

/** One event as a sentence that leads to what it is about. */
const EventLine = ({ event }: { readonly event: Event.Model }) => {
  const { subject, says, to } = _line(event.payload)
  return (
    <Text size="sm" truncate>
      <Link to={to} className="tessera-link">
        {subject}
      </Link>{" "}
      {says}
    </Text>
  )
}

export { EventLine }
