import { createHash } from "node:crypto"
import { Identifier } from "@tessera/infra/context/identifier"
import { EventBus } from "@tessera/infra/events/event-bus"
import { type Tenancy } from "@tessera/infra/tenancy"
import { Order } from "@tessera/shared/order/order"
import { Context, Effect, Layer, Option } from "effect"
import { OrderFulfilment } from "./order-fulfilment.ts"
import { OrderPlaced } from "./order-placed.ts"
import { OrderPlacementRepo } from "./order-placement-repo.ts"

declare namespace OrderPlacement {
  type Shape = {
    /** The id of the order under this key: placed now, or before by the same request. In one transaction. */
    readonly once: (
      order: Order.Place,
      idempotencyKey: string
    ) => Effect.Effect<Order.Id, Order.UnknownSku | Order.KeyReused, Tenancy.Current>
  }
}

type _Line = OrderPlacementRepo.Line

/** Turns a request into an order with the prices of the moment, its event and the start of its saga. */
class OrderPlacement extends Context.Tag("api/order/OrderPlacement")<OrderPlacement, OrderPlacement.Shape>() {
  static readonly layer = Layer.effect(
    OrderPlacement,
    Effect.gen(function* () {
      const repo = yield* OrderPlacementRepo
      const events = yield* EventBus
      const fulfilment = yield* OrderFulfilment

      const draftOf = (order: Order.Place) =>
        Effect.gen(function* () {
          const products = yield* repo.priced(order.lines.map(({ sku }) => sku))
          const bySku = new Map(products.map((product) => [product.sku, product]))
          const lines = yield* Effect.forEach(order.lines, ({ sku, quantity }) =>
            Effect.mapBoth(Effect.fromNullable(bySku.get(sku)), {
              onSuccess: ({ currency: _, ...product }) => ({ ...product, quantity }),
              onFailure: () => Order.UnknownSku.make({ sku })
            })
          )
          return {
            id: Order.Id.make(yield* Identifier.uuid),
            lines,
            totalMinor: lines.reduce(_addLine, 0),
            currency: products[0]?.currency ?? "EUR",
            number: yield* repo.nextNumber,
            customerId: yield* repo.customerFor(order.customerReference ?? "guest"),
            paymentToken: order.paymentToken,
            postcode: order.postcode
          }
        })

      const place = (order: Order.Place, idempotencyKey: string, requestHash: string) =>
        Effect.gen(function* () {
          const draft = yield* draftOf(order)
          const written = yield* repo.insert({ ...draft, idempotencyKey, requestHash })
          const start = Effect.zipRight(
            events.emit(OrderPlaced.emission(draft)),
            fulfilment.start([{ id: draft.id, run: 1 }])
          )
          yield* Effect.when(start, () => written)
          return Option.liftPredicate(draft.id, () => written)
        })

      const once: OrderPlacement.Shape["once"] = Effect.fn("OrderPlacement.once")(function* (order, key) {
        const hash = createHash("sha256").update(JSON.stringify(order)).digest("hex")
        const known = Effect.flatMap(repo.byKey(key), (keyed) => _sameRequest(keyed, hash))
        const before = yield* known
        const now = yield* Option.match(before, {
          onNone: () => place(order, key, hash),
          onSome: (id) => Effect.succeedSome(id)
        })
        // Neither before nor now: another request with this key committed while ours waited for its row.
        const meanwhile = yield* Option.match(now, {
          onNone: () => known,
          onSome: (id) => Effect.succeedSome(id)
        })
        return yield* Effect.orDie(meanwhile)
      })

      return OrderPlacement.of({ once })
    })
  ).pipe(Layer.provide(OrderPlacementRepo.layer))
}

const _addLine = (sum: number, line: _Line): number => sum + line.quantity * line.unitPriceMinor

const _sameRequest = (keyed: Option.Option<OrderPlacementRepo.Keyed>, hash: string) =>
  Option.match(keyed, {
    onNone: () => Effect.succeedNone,
    onSome: ({ id, requestHash }) =>
      requestHash === hash ? Effect.succeedSome(id) : Effect.fail(Order.KeyReused.make({}))
  })

export { OrderPlacement }
