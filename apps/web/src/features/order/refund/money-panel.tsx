import "./refund.css"
import { Box, Group, Text } from "@mantine/core"
import { Money } from "@tessera/shared/money"
import { type Order } from "@tessera/shared/order/order"
import { type Refund } from "@tessera/shared/refund/refund"
import { type ReactNode } from "react"
import { Panel } from "../../../ui/panel.tsx"
import { OrderMoney } from "./order-money.ts"

/** Where the money is while none of it is here. */
const _unpaid: Partial<Record<Order.Status, string>> = {
  authorised: "authorised, not taken yet",
  cancelling: "being undone",
  cancelled: "nothing kept"
}

interface _Row {
  readonly label: string
  readonly value: ReactNode
  readonly isSum?: boolean
}

const _rows = (order: Order.Model, money: OrderMoney.Model): ReadonlyArray<_Row> => {
  const { keptMinor, paidMinor, refundedMinor, underWayMinor } = money
  const text = (minor: number) => Money.format(minor, order.currency)
  const isRefunded = refundedMinor + underWayMinor > 0
  return [
    { label: "Total", value: text(order.totalMinor) },
    { label: "Paid", value: paidMinor === 0 ? (_unpaid[order.status] ?? "not yet") : text(paidMinor) },
    ...(refundedMinor === 0 ? [] : [{ label: "Refunded", value: `−${text(refundedMinor)}` }]),
    ...(underWayMinor === 0 ? [] : [{ label: "On its way back", value: `−${text(underWayMinor)}` }]),
    ...(isRefunded ? [{ label: "Kept", value: text(keptMinor), isSum: true }] : [])
  ]
}

/** What the order costs, and what became of the money; lines that say nothing are left out. */
const MoneyPanel = ({
  order,
  refunds
}: {
  readonly order: Order.Model
  readonly refunds: ReadonlyArray<Refund.Model> | undefined
}) => {
  const money = OrderMoney.of(order, refunds)
  const rows = _rows(order, money)
  return (
    <Panel title="Money" testId="money">
      <Box component="dl" className="tessera-money">
        {rows.map(({ isSum = false, label, value }) => (
          <Group key={label} justify="space-between" data-sum={isSum ? true : undefined}>
            <Text component="dt" size="sm" {...(isSum ? { fw: 600 } : { c: "dimmed" })}>
              {label}
            </Text>
            <Text component="dd" m={0} size="sm" {...(isSum ? { fw: 600 } : {})}>
              {value}
            </Text>
          </Group>
        ))}
      </Box>
      {rows.length > 2 && <Bar money={money} />}
    </Panel>
  )
}

/** The same as a picture: what is kept, what is on its way, what is gone. */
const Bar = ({
  money: { keptMinor, refundedMinor, underWayMinor }
}: {
  readonly money: OrderMoney.Model
}) => (
  <div className="tessera-money-bar" aria-hidden>
    <span data-part="kept" style={{ flexGrow: keptMinor }} />
    <span data-part="way" style={{ flexGrow: underWayMinor }} />
    <span data-part="gone" style={{ flexGrow: refundedMinor }} />
  </div>
)

export { MoneyPanel }
