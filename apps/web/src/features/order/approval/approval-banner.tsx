import { Button, Group } from "@mantine/core"
import { type Approval } from "@tessera/shared/approval/approval"
import { Money } from "@tessera/shared/money"
import { type Order } from "@tessera/shared/order/order"
import { type OrderHistory } from "@tessera/shared/order/order-history"
import { Check, CircleCheck, CircleX, Hourglass, TimerOff, X } from "lucide-react"
import { type ReactNode, useState } from "react"
import { usePermission } from "../../../lib/use-permission.ts"
import { Banner } from "../../../ui/banner.tsx"
import { CountdownText } from "../../../ui/countdown-text.tsx"
import { TimeText } from "../../../ui/time-text.tsx"
import { DecideDialog } from "./decide-dialog.tsx"

const _looks = {
  pending: { icon: Hourglass, color: "var(--tessera-warn)", title: "Waits for approval" },
  approved: { icon: CircleCheck, color: "var(--tessera-good)", title: "Approved" },
  rejected: { icon: CircleX, color: "var(--tessera-bad)", title: "Rejected" },
  expired: { icon: TimerOff, color: "var(--tessera-quiet)", title: "Not approved in time" }
} as const satisfies Record<Approval.Status, unknown>

/** Whether somebody lets the order go on: until then with the buttons for it, then who said so and why. */
const ApprovalBanner = ({
  order,
  approval,
  history
}: {
  readonly order: Order.Model
  readonly approval: Approval.Status
  readonly history: ReadonlyArray<OrderHistory.Entry>
}) => {
  const isPending = approval === "pending"
  const decided = history.findLast(
    ({ machine, run, to }) => machine === "approval" && run === order.run && to === approval
  )
  return (
    <Banner
      {..._looks[approval]}
      label="Approval"
      actions={isPending && <Decide order={order} />}
      testId="approval"
      state={approval}
    >
      {isPending ? <Pending order={order} /> : <Decided order={order} decided={decided} />}
    </Banner>
  )
}

const Pending = ({ order }: { readonly order: Order.Model }): ReactNode => (
  <>
    {Money.format(order.totalMinor, order.currency)} is above the tenant's limit, and no money has moved yet.
    {order.approvalDueAt !== null && (
      <>
        {" "}
        The order is undone in <CountdownText until={order.approvalDueAt} /> if nobody decides.
      </>
    )}
  </>
)

const Decided = ({
  order,
  decided
}: {
  readonly order: Order.Model
  readonly decided: OrderHistory.Entry | undefined
}): ReactNode => {
  const at = order.approvalAt ?? decided?.at
  return (
    <>
      {order.approvalBy ?? "Nobody decided"}
      {at !== undefined && (
        <>
          , <TimeText at={at} />
        </>
      )}
      {order.approvalBy !== null && decided?.reason != null && <>: “{decided.reason}”</>}
    </>
  )
}

const Decide = ({ order }: { readonly order: Order.Model }) => {
  const mayManage = usePermission("manage")
  const [verdict, setVerdict] = useState<Approval.Verdict | null>(null)
  return (
    <Group gap="xs">
      <Button
        variant="default"
        leftSection={<X size={14} color="var(--tessera-bad)" />}
        disabled={!mayManage}
        onClick={() => setVerdict("reject")}
        data-testid="reject"
      >
        Reject
      </Button>
      <Button
        leftSection={<Check size={14} />}
        disabled={!mayManage}
        onClick={() => setVerdict("approve")}
        data-testid="approve"
      >
        Approve
      </Button>
      <DecideDialog order={order} verdict={verdict} onClose={() => setVerdict(null)} />
    </Group>
  )
}

export { ApprovalBanner }
