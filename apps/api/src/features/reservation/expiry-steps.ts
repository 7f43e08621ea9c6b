import { Database } from "@tessera/infra/tenancy/database"
import { type Saga } from "@tessera/infra/workflows/saga"
import { Reservation } from "@tessera/shared/reservation/reservation"
import { Duration, Effect, Option } from "effect"
import { ReservationRepo } from "./reservation-repo.ts"
import { ReservationStockRepo } from "./reservation-stock-repo.ts"

/**
 * The one step of `ExpireReservation`: waits until the time is over or somebody has ended the reservation,
 * then gives back what is still held. No replica has to watch a clock meanwhile.
 */
const ExpirySteps = Effect.gen(function* () {
  const database = yield* Database
  const repo = yield* ReservationRepo
  const stock = yield* ReservationStockRepo

  const waits = (subject: Saga.Subject) =>
    database
      .transaction(repo.remaining(Reservation.Id.make(subject.id)))
      .pipe(Effect.map(Option.map((millis) => Duration.millis(Math.ceil(millis)))))

  const expire = (subject: Saga.Subject) => {
    const id = Reservation.Id.make(subject.id)
    return Effect.zipRight(repo.expire(id), stock.release(id)).pipe(
      Effect.catchTags({
        "StateMachine.Illegal": () => Effect.void,
        "MachineStore.NotFound": () => Effect.void,
        "MachineStore.Stale": Effect.die
      })
    )
  }

  const step: Saga.Step = {
    name: "expire",
    waits,
    run: expire,
    undo: () => Effect.void,
    maxAttempts: Number.MAX_SAFE_INTEGER,
    local: true
  }
  const definition: Saga.Definition = {
    reads: () => Effect.void,
    guard: () => Effect.void,
    steps: [step],
    undoing: () => Effect.void,
    undone: () => Effect.void
  }
  return definition
})

export { ExpirySteps }
