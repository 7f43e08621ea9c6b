import { Effect, Layer } from "effect"
import { Fulfilments } from "../features/fulfilment/fulfilments.ts"
import { OrderFulfilment } from "../features/order/order-fulfilment.ts"

/** Orders are seen to their end by the fulfilment feature's sagas. */
const OrderFulfilmentBinding = {
  layer: Layer.effect(
    OrderFulfilment,
    Effect.map(Fulfilments, ({ history, start, timeline }) =>
      OrderFulfilment.of({ history, start, timeline })
    )
  ).pipe(Layer.provide(Fulfilments.layer))
} as const

export { OrderFulfilmentBinding }
