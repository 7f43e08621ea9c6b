import { Reservation } from "@tessera/shared/reservation/reservation"
import { Schema } from "effect"
import { SearchParams } from "../../lib/search-params.ts"

const _Search = Schema.Struct({
  status: Schema.optional(Reservation.Status),
  cursor: Schema.optional(Schema.String)
})

/** The filters of the list of reservations, as they stand in the URL. */
const ReservationSearch = { read: SearchParams.lenient(_Search, {}) } as const

declare namespace ReservationSearch {
  type Value = typeof _Search.Type
}

export { ReservationSearch }
