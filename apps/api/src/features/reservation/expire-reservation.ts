import { Saga } from "@tessera/infra/workflows/saga"

/** The saga that outlives a reservation: it waits, then gives back. Its name is stored: never rename it. */
const ExpireReservation = Saga.define("ExpireReservation")

export { ExpireReservation }
