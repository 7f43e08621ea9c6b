import { createHash } from "node:crypto"
import { Identifier } from "@tessera/infra/context/identifier"
import { EventBus } from "@tessera/infra/events/event-bus"
import { type Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { Order } from "@tessera/shared/order/order"
import { Parcels } from "@tessera/shared/shipment/parcels"
import { Context, Effect, Either, Layer, Option } from "effect"
import { OrderFulfilment } from "./order-fulfilment.ts"
import { OrderPlaced } from "./order-placed.ts"
import { OrderPlacementRepo } from "./order-placement-repo.ts"
import { OrderReservations } from "./order-reservations.ts"

declare namespace OrderPlacement {
  type Refusal = Order.UnknownSku | Order.KeyReused | Order.TooManyParcels | OrderReservations.Refusal
  type Shape = {
    /**
     * The order under this key as `read` sees it: placed now, or before by the same request. Number and
     * customer are there first, in a transaction of their own; the order, what it takes over, its event and
     * its saga in one.
     */
    readonly once: <A>(
      order: Order.Place,
      idempotencyKey: string,
      read: (id: Order.Id) => Effect.Effect<A, never, Tenancy.Current>
    ) => Effect.Effect<A, OrderPlacement.Refusal, Tenancy.Current>
  }
}

/** The order of the same request, or what is to be written. */
type _Begun = Either.Either<Order.Id, OrderPlacementRepo.Draft>
type _Priced = OrderPlacementRepo.Priced & Pick<OrderPlacementRepo.Line, "quantity">
type _Line = Pick<OrderPlacementRepo.Line, "quantity" | "unitPriceMinor">

/** Turns a request into an order with the prices of the moment, its event and the start of its saga. */
class OrderPlacement extends Context.Tag("api/order/OrderPlacement")<OrderPlacement, OrderPlacement.Shape>() {
  static readonly layer = Layer.effect(
    OrderPlacement,
    Effect.gen(function* () {
      const repo = yield* OrderPlacementRepo
      const events = yield* EventBus
      const fulfilment = yield* OrderFulfilment
      const reservations = yield* OrderReservations
      const database = yield* Database

      const write =
        ({ lines, reservationId }: Order.Place) =>
        (draft: OrderPlacementRepo.Draft) =>
          Effect.gen(function* () {
            const written = yield* repo.insert(draft)
            const order = { id: draft.id, run: 1 }
            const start = Effect.transposeMapOption(Option.fromNullable(reservationId), (id) =>
              reservations.take({ id, order, lines })
            ).pipe(
              Effect.zipRight(events.emit(OrderPlaced.emission(draft))),
              Effect.zipRight(fulfilment.start([order]))
            )
            yield* Effect.when(start, () => written)
            return Option.liftPredicate(draft.id, () => written)
          })

      const begin = (order: Order.Place, key: string) =>
        Effect.suspend(() => {
          const requestHash = createHash("sha256").update(JSON.stringify(order)).digest("hex")
          const draft = _draftOf(repo, order, { idempotencyKey: key, requestHash })
          return repo.byKey(key).pipe(
            Effect.flatMap((keyed) => _sameRequest(keyed, requestHash)),
            Effect.flatMap(
              Option.match({
                onSome: (id) => Effect.succeed<_Begun>(Either.right(id)),
                onNone: () => Effect.map(draft, (drafted): _Begun => Either.left(drafted))
              })
            ),
            database.transaction
          )
        })

      const once: OrderPlacement.Shape["once"] = (order, key, read) =>
        begin(order, key).pipe(
          Effect.flatMap((begun) =>
            Either.match(begun, { onRight: Effect.succeedSome, onLeft: write(order) }).pipe(
              Effect.flatMap(Effect.transposeMapOption(read)),
              database.transaction
            )
          ),
          // Not written: a request with this key, or a file with this number, has committed meanwhile.
          Effect.flatMap(Option.match({ onNone: () => once(order, key, read), onSome: Effect.succeed })),
          Effect.withSpan("OrderPlacement.once")
        )

      return OrderPlacement.of({ once })
    })
  ).pipe(Layer.provide(OrderPlacementRepo.layer))
}

/** Ends with the number, because everybody who places an order of this tenant waits for it. */
const _draftOf = (
  repo: OrderPlacementRepo.Shape,
  order: Order.Place,
  request: Pick<OrderPlacementRepo.Draft, "idempotencyKey" | "requestHash">
) =>
  Effect.gen(function* () {
    const lines = yield* _linesOf(repo, order)
    return {
      ...request,
      id: Order.Id.make(yield* Identifier.uuid),
      lines: lines.map(({ currency: _, parcelUnits: __, ...line }) => line),
      parcelUnits: yield* _parcelUnitsOf(lines),
      totalMinor: lines.reduce(_addLine, 0),
      currency: lines[0]?.currency ?? "EUR",
      customerId: yield* repo.customerFor(order.customerReference ?? "guest"),
      paymentToken: order.paymentToken,
      postcode: order.postcode,
      number: yield* repo.nextNumber
    }
  })

const _linesOf = (repo: OrderPlacementRepo.Shape, order: Order.Place) =>
  Effect.gen(function* () {
    const products = yield* repo.priced(order.lines.map(({ sku }) => sku))
    const bySku = new Map(products.map((product) => [product.sku, product]))
    return yield* Effect.forEach(order.lines, ({ sku, quantity }) =>
      Effect.mapBoth(Effect.fromNullable(bySku.get(sku)), {
        onSuccess: (product) => ({ ...product, quantity }),
        onFailure: () => Order.UnknownSku.make({ sku })
      })
    )
  })

/** What a parcel holds, where the order needs more than one. */
const _parcelUnitsOf = (lines: ReadonlyArray<_Priced>) =>
  Effect.gen(function* () {
    const units = lines.reduce((sum, { quantity }) => sum + quantity, 0)
    const parcelUnits = lines[0]?.parcelUnits ?? units
    const parcels = Parcels.count(units, parcelUnits)
    yield* Effect.when(
      Order.TooManyParcels.make({ parcels, most: Parcels.most }),
      () => parcels > Parcels.most
    )
    return parcels > 1 ? parcelUnits : null
  })

const _addLine = (sum: number, line: _Line): number => sum + line.quantity * line.unitPriceMinor

const _sameRequest = (keyed: Option.Option<OrderPlacementRepo.Keyed>, hash: string) =>
  Option.match(keyed, {
    onNone: () => Effect.succeedNone,
    onSome: ({ id, requestHash }) =>
      requestHash === hash ? Effect.succeedSome(id) : Effect.fail(Order.KeyReused.make({}))
  })

export { OrderPlacement }
