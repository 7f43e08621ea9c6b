import { StateMachine } from "@tessera/infra/machines/state-machine"
import { StoredMachine } from "@tessera/infra/machines/stored-machine"
import { Reservation } from "@tessera/shared/reservation/reservation"

const _machine = StateMachine.make({
  name: "reservation",
  initial: Reservation.initial,
  transitions: Reservation.transitions
})

/** The life cycle of the contract, with the table that keeps its state. Its name is stored. */
const ReservationMachine = StoredMachine.make(_machine, { table: "reservations", key: ["id"] })

export { ReservationMachine }
