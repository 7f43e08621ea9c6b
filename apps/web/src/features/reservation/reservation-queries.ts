import { keepPreviousData, queryOptions } from "@tanstack/react-query"
import { type Reservation } from "@tessera/shared/reservation/reservation"
import { ApiRuntime } from "../../lib/api-runtime.ts"
import { type ReservationSearch } from "./reservation-search.ts"

const _all = ["reservations"] as const

/** Reads and writes of reservations; they publish no events, so the open page asks every three seconds. */
const ReservationQueries = {
  list: (search: ReservationSearch.Value) =>
    queryOptions({
      queryKey: [..._all, "list", search],
      queryFn: ApiRuntime.query((client) => client.reservation.list({ urlParams: { ...search, limit: 50 } })),
      placeholderData: keepPreviousData,
      refetchInterval: 3000
    }),
  hold: {
    mutationFn: ApiRuntime.mutation(
      (client, { hold, key }: { readonly key: string; readonly hold: Reservation.Hold }) =>
        client.reservation.hold({ headers: { "idempotency-key": key }, payload: hold })
    ),
    invalidates: [_all, ["products"]]
  },
  release: {
    mutationFn: ApiRuntime.mutation((client, id: Reservation.Id) =>
      client.reservation.release({ path: { id } })
    ),
    invalidates: [_all, ["products"]]
  }
} as const

export { ReservationQueries }
