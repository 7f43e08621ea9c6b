import { JobDefinition } from "@tessera/infra/jobs/job-definition"
import { Reservation } from "@tessera/shared/reservation/reservation"
import { Duration, Schema } from "effect"

/** Starts the saga of one reservation; it ends when the saga waits. */
const ExpireReservationJob = JobDefinition.make({
  name: "expire-reservation",
  queue: "reservations",
  payload: Schema.Struct({ reservationId: Reservation.Id }),
  maxAttempts: 100,
  concurrency: 16,
  timeout: Duration.minutes(5)
})

export { ExpireReservationJob }
