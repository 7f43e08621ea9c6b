import { Effect, Layer } from "effect"
import { Fulfilments } from "../features/fulfilment/fulfilments.ts"
import { OrderRetries } from "../features/fulfilment/retry/order-retries.ts"
import { OrderFulfilment } from "../features/order/order-fulfilment.ts"

/** Orders are seen to their end by the fulfilment feature's sagas. */
const OrderFulfilmentBinding = {
  layer: Layer.effect(
    OrderFulfilment,
    Effect.gen(function* () {
      const { history, start, timeline } = yield* Fulfilments
      const { retry } = yield* OrderRetries
      return OrderFulfilment.of({ history, retry, start, timeline })
    })
  ).pipe(Layer.provide(Fulfilments.layer), Layer.provide(OrderRetries.layer))
} as const

export { OrderFulfilmentBinding }
