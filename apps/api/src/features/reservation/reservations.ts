import { WorkflowEngine } from "@effect/workflow"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { Saga } from "@tessera/infra/workflows/saga"
import { type Access } from "@tessera/shared/access/access"
import { Page } from "@tessera/shared/page"
import { Reservation } from "@tessera/shared/reservation/reservation"
import { Context, Effect, Encoding, Layer, Option } from "effect"
import { Policy } from "../../access/policy.ts"
import { ExpireReservation } from "./expire-reservation.ts"
import { ReservationHolding } from "./reservation-holding.ts"
import { ReservationRepo } from "./reservation-repo.ts"
import { ReservationStockRepo } from "./reservation-stock-repo.ts"

declare namespace Reservations {
  type List = {
    /** The reservation after which the page begins. */
    readonly after?: Reservation.Id | undefined
    readonly limit?: number | undefined
    readonly status?: Reservation.Status | undefined
  }
  type Taking = {
    readonly id: Reservation.Id
    /** What the ledger calls whoever takes the units, and settles them from then on. */
    readonly cause: string
    /** A SKU may come several times. */
    readonly lines: ReadonlyArray<Reservation.Line>
  }
  type Shape = {
    /** All lines or none; once per key: a repetition answers the same one, whatever became of it since. */
    readonly hold: (
      hold: Reservation.Hold,
      idempotencyKey: string
    ) => Effect.Effect<Reservation.Model, ReservationHolding.Refusal | Access.Denied, Tenancy.Current>
    readonly byId: (
      id: Reservation.Id
    ) => Effect.Effect<Reservation.Model, Reservation.NotFound, Tenancy.Current>
    readonly list: (query: Reservations.List) => Effect.Effect<Reservation.Page, never, Tenancy.Current>
    /** Gives the units back at once, instead of when the time is over. */
    readonly release: (
      id: Reservation.Id
    ) => Effect.Effect<
      Reservation.Model,
      Reservation.NotFound | Reservation.NotHeld | Access.Denied,
      Tenancy.Current
    >
    /** Hands the units on, in the caller's transaction; whoever calls is permitted to. */
    readonly take: (
      taking: Reservations.Taking
    ) => Effect.Effect<
      void,
      Reservation.NotFound | Reservation.NotHeld | Reservation.Mismatch,
      Tenancy.Current
    >
  }
}

/** Stock that is kept for a time: held until somebody takes it, gives it back, or the time is over. */
class Reservations extends Context.Tag("api/reservation/Reservations")<Reservations, Reservations.Shape>() {
  static readonly layer = Layer.effect(
    Reservations,
    Effect.gen(function* () {
      const repo = yield* ReservationRepo
      const stock = yield* ReservationStockRepo
      const holding = yield* ReservationHolding
      const database = yield* Database
      const engine = yield* WorkflowEngine.WorkflowEngine

      const found = (id: Reservation.Id) =>
        Effect.flatMap(repo.find(id), (one) => Effect.mapError(one, () => Reservation.NotFound.make({ id })))

      const byId = Effect.fn("Reservations.byId")((id: Reservation.Id) => database.transaction(found(id)))

      const hold: Reservations.Shape["hold"] = Effect.fn("Reservations.hold")(function* (wish, key) {
        yield* Policy.require("operate")
        return yield* Effect.orDie(byId(yield* holding.once(wish, key)))
      })

      const list = Effect.fn("Reservations.list")(function* ({ after, limit, status }: Reservations.List) {
        const most = limit ?? Page.defaultLimit
        const query = { after: after ?? null, status: status ?? null, limit: most + 1 }
        const rows = yield* database.transaction(repo.list(query))
        const items = rows.slice(0, most)
        const last = Option.fromNullable(rows.length > most ? items.at(-1) : undefined)
        return {
          items,
          nextCursor: Option.getOrNull(Option.map(last, ({ id }) => Encoding.encodeBase64Url(id)))
        }
      })

      /** The saga looks at once, and finds that there is nothing left to expire. */
      const wake = (id: Reservation.Id) =>
        Effect.flatMap(Tenancy.Current, (actor) =>
          Saga.wake(ExpireReservation, { actor, subject: { id, run: 1 } }, _place)
        ).pipe(Effect.provideService(WorkflowEngine.WorkflowEngine, engine))

      const ended = (id: Reservation.Id, move: ReservationRepo.Move) =>
        move.pipe(
          Effect.catchTags({
            "StateMachine.Illegal": () =>
              Effect.flatMap(found(id), ({ status }) => Reservation.NotHeld.make({ id, held: status })),
            "MachineStore.NotFound": () => Reservation.NotFound.make({ id }),
            "MachineStore.Stale": Effect.die
          }),
          Effect.zipRight(wake(id))
        )

      const release: Reservations.Shape["release"] = Effect.fn("Reservations.release")(function* (id) {
        yield* Policy.require("operate")
        return yield* database.transaction(
          ended(id, repo.release(id)).pipe(Effect.zipRight(stock.release(id)), Effect.zipRight(found(id)))
        )
      })

      const take: Reservations.Shape["take"] = Effect.fn("Reservations.take")(
        function* ({ cause, id, lines }) {
          const reservation = yield* found(id)
          yield* Effect.unless(Reservation.Mismatch.make({ id }), () => _isSame(reservation.lines, lines))
          yield* ended(id, repo.take(id))
          yield* stock.pass(id, cause)
        },
        (taking) => database.transaction(taking)
      )

      return Reservations.of({ hold, byId, list, release, take })
    })
  ).pipe(
    Layer.provide(ReservationHolding.layer),
    Layer.provide([ReservationRepo.layer, ReservationStockRepo.layer])
  )
}

/** Of the wait of `ExpirySteps`. */
const _place = { direction: "forward", step: "expire", attempt: 0 } as const

/** Units by SKU, however many lines they come in. */
const _units = (lines: ReadonlyArray<Reservation.Line>) =>
  lines.reduce(
    (units, { quantity, sku }) => units.set(sku, (units.get(sku) ?? 0) + quantity),
    new Map<string, number>()
  )

const _isSame = (held: ReadonlyArray<Reservation.Line>, wanted: ReadonlyArray<Reservation.Line>) => {
  const [one, other] = [_units(held), _units(wanted)]
  return one.size === other.size && [...one].every(([sku, quantity]) => other.get(sku) === quantity)
}

export { Reservations }
