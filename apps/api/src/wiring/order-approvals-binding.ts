import { Effect, Layer } from "effect"
import { Approvals } from "../features/fulfilment/approval/approvals.ts"
import { OrderApprovals } from "../features/order/order-approvals.ts"

/** Orders are held back and let go by the fulfilment feature's sagas. */
const OrderApprovalsBinding = {
  layer: Layer.effect(
    OrderApprovals,
    Effect.map(Approvals, ({ decide, wake }) => OrderApprovals.of({ decide, wake }))
  ).pipe(Layer.provide(Approvals.layer))
} as const

export { OrderApprovalsBinding }
