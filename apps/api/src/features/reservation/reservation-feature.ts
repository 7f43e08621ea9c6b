import { WorkflowEngine } from "@effect/workflow"
import { ClusterError } from "@tessera/infra/cluster/cluster-error"
import { JobService } from "@tessera/infra/jobs/job-service"
import { Tenancy } from "@tessera/infra/tenancy"
import { Saga } from "@tessera/infra/workflows/saga"
import { Effect, Layer } from "effect"
import { ExpireReservation } from "./expire-reservation.ts"
import { ExpireReservationJob } from "./expire-reservation-job.ts"
import { ExpirySteps } from "./expiry-steps.ts"
import { ReservationHttpLive } from "./reservation-http-live.ts"
import { ReservationRepo } from "./reservation-repo.ts"
import { ReservationStockRepo } from "./reservation-stock-repo.ts"
import { Reservations } from "./reservations.ts"

/** Nobody undoes an expiry: it has one step, which refuses nothing. */
const _job = Layer.effectDiscard(
  Effect.gen(function* () {
    const jobs = yield* JobService
    const engine = yield* WorkflowEngine.WorkflowEngine
    yield* jobs.handle(ExpireReservationJob, ({ reservationId }) =>
      Effect.flatMap(Tenancy.Current, (actor) =>
        Saga.run(ExpireReservation, { actor, subject: { id: reservationId, run: 1 } }).pipe(
          ClusterError.refine,
          Effect.provideService(WorkflowEngine.WorkflowEngine, engine)
        )
      )
    )
  })
)

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
