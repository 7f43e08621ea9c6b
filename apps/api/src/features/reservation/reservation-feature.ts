import { Saga } from "@tessera/infra/workflows/saga"
import { Layer } from "effect"
import { SagaJob } from "../../sagas/saga-job.ts"
import { ExpireReservation } from "./expire-reservation.ts"
import { ExpireReservationJob } from "./expire-reservation-job.ts"
import { ExpirySteps } from "./expiry-steps.ts"
import { ReservationHttpLive } from "./reservation-http-live.ts"
import { ReservationRepo } from "./reservation-repo.ts"
import { ReservationStockRepo } from "./reservation-stock-repo.ts"
import { Reservations } from "./reservations.ts"

const _job = SagaJob.layer({
  job: ExpireReservationJob,
  saga: ExpireReservation,
  subjectOf: ({ reservationId }) => ({ id: reservationId, run: 1 }),
  noun: "expiry"
})

const _saga = Saga.layer(ExpireReservation, ExpirySteps).pipe(
  Layer.provide([ReservationRepo.layer, ReservationStockRepo.layer])
)

/** Holds of stock, and the saga that ends each in time; an order takes one through `wiring/`. */
const ReservationFeature = Layer.mergeAll(
  _job,
  _saga,
  ReservationHttpLive.pipe(Layer.provide(Reservations.layer))
)

export { ReservationFeature }
