import { createHash } from "node:crypto"
import { Identifier } from "@tessera/infra/context/identifier"
import { JobService } from "@tessera/infra/jobs/job-service"
import { MachineStore } from "@tessera/infra/machines/machine-store"
import { type Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { type Access } from "@tessera/shared/access/access"
import { type Order } from "@tessera/shared/order/order"
import { Refund } from "@tessera/shared/refund/refund"
import { Context, Effect, Layer, Option } from "effect"
import { Policy } from "../../../access/policy.ts"
import { FulfilmentMachines } from "../fulfilment-machines.ts"
import { RefundOrderJob } from "./refund-order-job.ts"
import { RefundRepo } from "./refund-repo.ts"

declare namespace Refunds {
  type Refusal =
    | Order.NotFound
    | Refund.NotRefundable
    | Refund.TooMuch
    | Refund.TooManyReturned
    | Refund.KeyReused
    | Access.Denied
  type Shape = {
    /**
     * Once per key: a repetition answers the same refund, whatever became of it since. The money goes back
     * after this has committed; what is asked for is claimed at once, so no two refunds share it.
     */
    readonly request: (
      orderId: Order.Id,
      wish: Refund.Request,
      idempotencyKey: string
    ) => Effect.Effect<Refund.Model, Refunds.Refusal, Tenancy.Current>
    /** The oldest first. */
    readonly list: (
      orderId: Order.Id
    ) => Effect.Effect<ReadonlyArray<Refund.Model>, Order.NotFound, Tenancy.Current>
  }
}

/** Money of fulfilled orders that goes back, and the goods that come back with it. */
class Refunds extends Context.Tag("api/fulfilment/Refunds")<Refunds, Refunds.Shape>() {
  static readonly layer = Layer.effect(
    Refunds,
    Effect.gen(function* () {
      const repo = yield* RefundRepo
      const machines = yield* MachineStore
      const jobs = yield* JobService
      const database = yield* Database

      const draftOf = (order: RefundRepo.Refundable, wish: Refund.Request) =>
        Effect.gen(function* () {
          const { id, status } = order
          yield* Effect.when(
            Refund.NotRefundable.make({ id, orderStatus: status }),
            () => status !== "fulfilled"
          )
          const refundableMinor = yield* repo.refundable(order)
          const amountMinor = wish.amountMinor ?? refundableMinor
          yield* Effect.when(
            Refund.TooMuch.make({ refundableMinor }),
            () => amountMinor === 0 || amountMinor > refundableMinor
          )
          const lines = yield* _linesOf(wish.returns, yield* repo.returnable(id))
          return { order, amountMinor, lines, note: wish.note ?? null }
        })

      const begin = (draft: RefundRepo.Draft) =>
        Effect.gen(function* () {
          const written = yield* repo.insert(draft)
          // The payment is locked, so it was a request for another order that took the key meanwhile.
          yield* Effect.unless(Refund.KeyReused.make({}), () => written)
          yield* machines.born(FulfilmentMachines.refund, draft.id, { reason: draft.note })
          // A full queue takes no refund; the edge says when to come back.
          yield* Effect.orDie(jobs.submit(RefundOrderJob, { refundId: draft.id }))
          return draft.id
        })

      const once = (orderId: Order.Id, wish: Refund.Request, idempotencyKey: string) =>
        Effect.gen(function* () {
          const requestHash = _hash(orderId, wish)
          const order = yield* repo.order(orderId)
          yield* repo.lock(order)
          const keyed = yield* repo.byKey(idempotencyKey)
          const id = yield* Option.match(keyed, {
            onSome: (known) =>
              known.requestHash === requestHash
                ? Effect.succeed(known.id)
                : Effect.fail(Refund.KeyReused.make({})),
            onNone: () =>
              Effect.flatMap(Effect.all([draftOf(order, wish), Identifier.uuid]), ([draft, uuid]) =>
                begin({ ...draft, id: Refund.Id.make(uuid), idempotencyKey, requestHash })
              )
          })
          return yield* repo.byId(id)
        })

      return Refunds.of({
        request: Effect.fn("Refunds.request")(function* (orderId, wish, idempotencyKey) {
          yield* Policy.require("manage")
          return yield* database.transaction(once(orderId, wish, idempotencyKey))
        }),
        list: Effect.fn("Refunds.list")(
          function* (orderId) {
            yield* repo.order(orderId)
            return yield* repo.list(orderId)
          },
          (reading) => database.transaction(reading)
        )
      })
    })
  ).pipe(Layer.provide(RefundRepo.layer))
}

const _linesOf = (
  returns: ReadonlyArray<Refund.Return>,
  returnables: ReadonlyArray<RefundRepo.Returnable>
) => {
  const bySku = new Map(returnables.map((row) => [row.sku, row]))
  return Effect.forEach(returns, ({ quantity, sku }) => {
    const { productId, returnable } = bySku.get(sku) ?? { productId: "", returnable: 0 }
    return quantity > returnable
      ? Effect.fail(Refund.TooManyReturned.make({ sku, returnable }))
      : Effect.succeed({ productId, sku, quantity })
  })
}

/** One request is one order and one wish. */
const _hash = (orderId: Order.Id, wish: Refund.Request): string =>
  createHash("sha256")
    .update(JSON.stringify([orderId, wish]))
    .digest("hex")

export { Refunds }
