import { type Order } from "@tessera/shared/order/order"
import { OrderRetry } from "@tessera/shared/order/order-retry"

declare namespace RetryChanges {
  interface Values {
    readonly paymentToken: string
    readonly postcode: string
  }
}

/** What is other than before: the rest is left out, and stays as it is. */
const RetryChanges = {
  of: (
    order: Pick<Order.Model, "paymentToken" | "postcode">,
    values: RetryChanges.Values
  ): OrderRetry.Request =>
    OrderRetry.Request.make({
      ...(values.paymentToken === order.paymentToken ? {} : { paymentToken: values.paymentToken }),
      ...(values.postcode === order.postcode ? {} : { postcode: values.postcode })
    })
} as const

export { RetryChanges }
