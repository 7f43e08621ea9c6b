import { EventBus } from "@tessera/infra/events/event-bus"
import { type Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { Context, Effect, Layer } from "effect"
import { OrderFulfilment } from "./order-fulfilment.ts"
import { OrderIntakeRepo } from "./order-intake-repo.ts"
import { OrderPlaced } from "./order-placed.ts"

declare namespace OrderIntake {
  type Draft = OrderIntakeRepo.Draft
  type Result = { readonly created: number; readonly skipped: number }
  type Shape = {
    /**
     * Places up to 100 orders that bring their own number and prices, in the caller's transaction. A number
     * that exists is skipped, so a repetition places nothing; unknown SKUs enter the catalogue.
     */
    readonly place: (
      drafts: ReadonlyArray<OrderIntake.Draft>,
      importId: string
    ) => Effect.Effect<OrderIntake.Result, never, Tenancy.Current>
  }
}

/**
 * Orders by the hundred, as files bring them; their sagas run through the same bounded queue as all others.
 */
class OrderIntake extends Context.Tag("api/order/OrderIntake")<OrderIntake, OrderIntake.Shape>() {
  static readonly layer = Layer.effect(
    OrderIntake,
    Effect.gen(function* () {
      const repo = yield* OrderIntakeRepo
      const events = yield* EventBus
      const fulfilment = yield* OrderFulfilment
      const database = yield* Database

      const place: OrderIntake.Shape["place"] = Effect.fn("OrderIntake.place")(function* (drafts, importId) {
        return yield* database.transaction(
          Effect.gen(function* () {
            yield* repo.completeCatalogue(drafts)
            yield* repo.completeCustomers(drafts)
            const placed = yield* repo.insert(drafts, importId)
            yield* events.emit(placed.map(OrderPlaced.emission))
            yield* fulfilment.start(placed.map(({ id }) => ({ id, run: 1 })))
            return { created: placed.length, skipped: drafts.length - placed.length }
          })
        )
      })

      return OrderIntake.of({ place })
    })
  ).pipe(Layer.provide(OrderIntakeRepo.layer))
}

export { OrderIntake }
