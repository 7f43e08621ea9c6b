import { Button } from "@mantine/core"
import { useDisclosure } from "@mantine/hooks"
import { type Order } from "@tessera/shared/order/order"
import { CircleX, RotateCw } from "lucide-react"
import { usePermission } from "../../../lib/use-permission.ts"
import { Banner } from "../../../ui/banner.tsx"
import { CancelReason } from "./cancel-reason.ts"
import { RetryDialog } from "./retry-dialog.tsx"

/** Why the order was cancelled, and the way to try it once more. */
const CancelledBanner = ({ order }: { readonly order: Order.Model }) => {
  const mayOperate = usePermission("operate")
  const [isRetrying, retrying] = useDisclosure(false)
  const { advice, title } = CancelReason.of(order.reason)
  return (
    <Banner
      label="Cancellation"
      icon={CircleX}
      color="var(--tessera-bad)"
      title={title}
      testId="cancelled"
      actions={
        <Button
          leftSection={<RotateCw size={14} />}
          disabled={!mayOperate}
          onClick={retrying.open}
          data-testid="retry"
        >
          Try again
        </Button>
      }
    >
      {advice}
      <RetryDialog order={order} opened={isRetrying} onClose={retrying.close} />
    </Banner>
  )
}

export { CancelledBanner }
