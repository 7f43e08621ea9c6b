import { Effect, Layer } from "effect"
import { ImportOrders } from "../features/import/import-orders.ts"
import { OrderIntake } from "../features/order/order-intake.ts"

/** Binds the import's port to order taking; `OrderIntake` joins the import's transaction. */
const ImportOrdersBinding = Layer.effect(
  ImportOrders,
  Effect.map(OrderIntake, (intake) => ImportOrders.of({ place: intake.place }))
)

export { ImportOrdersBinding }
