import { Button } from "@mantine/core"
import { useDisclosure } from "@mantine/hooks"
import { Order } from "@tessera/shared/order/order"
import { type Refund } from "@tessera/shared/refund/refund"
import { Ban, Undo2 } from "lucide-react"
import { useAction } from "../../lib/use-action.ts"
import { usePermission } from "../../lib/use-permission.ts"
import { ConfirmButton } from "../../ui/confirm-button.tsx"
import { OrderQueries } from "./order-queries.ts"
import { OrderMoney } from "./refund/order-money.ts"
import { RefundDialog } from "./refund/refund-dialog.tsx"

/** What can be done with an order as it is: it is cancelled on its way, and refunded after it. */
const OrderActions = ({
  order,
  refunds
}: {
  readonly order: Order.Model
  /** Undefined until they are known. */
  readonly refunds: ReadonlyArray<Refund.Model> | undefined
}) => (
  <>
    {Order.canBecome(order.status, "cancelling") && <CancelButton order={order} />}
    {order.status === "fulfilled" && refunds !== undefined && (
      <RefundButton order={order} refunds={refunds} />
    )}
  </>
)

const CancelButton = ({ order }: { readonly order: Order.Model }) => {
  const cancel = useAction(OrderQueries.cancel, { done: `Order ${order.number} is being cancelled` })
  const mayOperate = usePermission("operate")
  return (
    <ConfirmButton
      label="Cancel order"
      icon={Ban}
      question={`Cancel order ${order.number}?`}
      consequence="Everything done so far is undone in reverse: shipment, payment, stock."
      loading={cancel.isPending}
      disabled={!mayOperate}
      onConfirm={() => cancel.mutate(order.id)}
    />
  )
}

const RefundButton = ({
  order,
  refunds
}: {
  readonly order: Order.Model
  readonly refunds: ReadonlyArray<Refund.Model>
}) => {
  const mayManage = usePermission("manage")
  const [isRefunding, refunding] = useDisclosure(false)
  const { keptMinor } = OrderMoney.of(order, refunds)
  return (
    <>
      <Button
        variant="default"
        leftSection={<Undo2 size={14} />}
        disabled={!mayManage || keptMinor === 0}
        title={keptMinor === 0 ? "All of it is refunded" : undefined}
        onClick={refunding.open}
        data-testid="refund"
      >
        Refund
      </Button>
      <RefundDialog order={order} refunds={refunds} opened={isRefunding} onClose={refunding.close} />
    </>
  )
}

export { OrderActions }
