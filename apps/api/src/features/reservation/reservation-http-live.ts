import { HttpApiBuilder, HttpApiError } from "@effect/platform"
import { Api } from "@tessera/shared/api"
import { Reservation } from "@tessera/shared/reservation/reservation"
import { Effect, Schema } from "effect"
import { Reservations } from "./reservations.ts"

const _Cursor = Schema.compose(Schema.StringFromBase64Url, Reservation.Id)
const _decodeCursor = Schema.decode(Schema.UndefinedOr(_Cursor))

/** Maps `ReservationHttp` onto `Reservations`. */
const ReservationHttpLive = HttpApiBuilder.group(Api, "reservation", (handlers) =>
  Effect.gen(function* () {
    const reservations = yield* Reservations
    return handlers
      .handle("hold", ({ headers, payload }) => reservations.hold(payload, headers["idempotency-key"]))
      .handle("list", ({ urlParams: { cursor, limit, status } }) =>
        _decodeCursor(cursor).pipe(
          Effect.catchTag("ParseError", HttpApiError.HttpApiDecodeError.refailParseError),
          Effect.flatMap((after) => reservations.list({ after, limit, status }))
        )
      )
      .handle("byId", ({ path }) => reservations.byId(path.id))
      .handle("release", ({ path }) => reservations.release(path.id))
  })
)

export { ReservationHttpLive }
