import { Layer } from "effect"
import { OrderHttpLive } from "./order-http-live.ts"
import { Orders } from "./orders.ts"

/**
 * All `app.ts` knows of this folder. Who sees an order to its end (`OrderFulfilment`), who holds it back
 * (`OrderApprovals`) and who keeps stock for it (`OrderReservations`) is bound in `wiring/`.
 */
const OrderFeature = OrderHttpLive.pipe(Layer.provide(Orders.layer))

export { OrderFeature }
