import { createHash } from "node:crypto"
import { Identifier } from "@tessera/infra/context/identifier"
import { JobService } from "@tessera/infra/jobs/job-service"
import { type Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { Reservation } from "@tessera/shared/reservation/reservation"
import { Context, Effect, Layer, Option } from "effect"
import { ExpireReservationJob } from "./expire-reservation-job.ts"
import { ReservationRepo } from "./reservation-repo.ts"
import { ReservationStockRepo } from "./reservation-stock-repo.ts"

declare namespace ReservationHolding {
  type Refusal = Reservation.UnknownSku | Reservation.OutOfStock | Reservation.KeyReused
  type Shape = {
    /**
     * The reservation under this key: made now, or before by the same request. Its rows, its units and the
     * start of its saga are one transaction.
     */
    readonly once: (
      hold: Reservation.Hold,
      idempotencyKey: string
    ) => Effect.Effect<Reservation.Id, ReservationHolding.Refusal, Tenancy.Current>
  }
}

/** Turns a request into a reservation: all of its lines or none. */
class ReservationHolding extends Context.Tag("api/reservation/ReservationHolding")<
  ReservationHolding,
  ReservationHolding.Shape
>() {
  static readonly layer = Layer.effect(
    ReservationHolding,
    Effect.gen(function* () {
      const repo = yield* ReservationRepo
      const stock = yield* ReservationStockRepo
      const jobs = yield* JobService
      const database = yield* Database

      const held = (id: Reservation.Id) =>
        Effect.flatMap(
          stock.hold(id),
          Option.match({
            onNone: () => Effect.void,
            onSome: (sku) => Effect.fail(Reservation.OutOfStock.make({ sku }))
          })
        )

      /** None: somebody has used the key meanwhile. */
      const write = (hold: Reservation.Hold, idempotencyKey: string, requestHash: string) =>
        Effect.gen(function* () {
          const lines = yield* _linesOf(repo, hold)
          const id = Reservation.Id.make(yield* Identifier.uuid)
          const written = yield* repo.insert({ ...hold, id, lines, idempotencyKey, requestHash })
          // A full queue takes nothing of what belongs to the hold; the edge says when to come back.
          const expiry = Effect.orDie(jobs.submit(ExpireReservationJob, { reservationId: id }))
          yield* Effect.when(Effect.zipRight(expiry, held(id)), () => written)
          return Option.liftPredicate(id, () => written)
        })

      const once: ReservationHolding.Shape["once"] = (hold, key) =>
        Effect.gen(function* () {
          const hash = createHash("sha256").update(JSON.stringify(hold)).digest("hex")
          const keyed = yield* _sameRequest(yield* repo.byKey(key), hash)
          return Option.isSome(keyed) ? keyed : yield* write(hold, key, hash)
        }).pipe(
          database.transaction,
          Effect.flatMap(Option.match({ onNone: () => once(hold, key), onSome: Effect.succeed })),
          Effect.withSpan("ReservationHolding.once")
        )

      return ReservationHolding.of({ once })
    })
  )
}

const _linesOf = (repo: ReservationRepo.Shape, { lines }: Reservation.Hold) =>
  Effect.gen(function* () {
    const products = yield* repo.products(lines.map(({ sku }) => sku))
    const bySku = new Map(products.map((product) => [product.sku, product]))
    return yield* Effect.forEach(lines, ({ quantity, sku }) =>
      Effect.mapBoth(Effect.fromNullable(bySku.get(sku)), {
        onSuccess: (product) => ({ ...product, quantity }),
        onFailure: () => Reservation.UnknownSku.make({ sku })
      })
    )
  })

const _sameRequest = (keyed: Option.Option<ReservationRepo.Keyed>, hash: string) =>
  Option.match(keyed, {
    onNone: () => Effect.succeedNone,
    onSome: ({ id, requestHash }) =>
      requestHash === hash ? Effect.succeedSome(id) : Effect.fail(Reservation.KeyReused.make({}))
  })

export { ReservationHolding }
