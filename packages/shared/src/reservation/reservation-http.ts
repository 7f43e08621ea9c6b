import { HttpApiEndpoint, HttpApiGroup } from "@effect/platform"
import { Schema } from "effect"
import { Access } from "../access/access.ts"
import { Page } from "../page.ts"
import { Reservation } from "./reservation.ts"

const _path = Schema.Struct({ id: Reservation.Id })

/**
 * `/v1/reservations`: holding stock needs an `Idempotency-Key`; an order takes it over with `reservationId`.
 */
class ReservationHttp extends HttpApiGroup.make("reservation")
  .add(
    HttpApiEndpoint.post("hold", "/")
      .setHeaders(
        Schema.Struct({
          "idempotency-key": Schema.String.pipe(Schema.minLength(8), Schema.maxLength(200))
        })
      )
      .setPayload(Reservation.Hold)
      .addSuccess(Reservation.Model, { status: 201 })
      .addError(Reservation.UnknownSku)
      .addError(Reservation.OutOfStock)
      .addError(Reservation.KeyReused)
      .addError(Access.Denied)
  )
  .add(
    /** The newest first. */
    HttpApiEndpoint.get("list", "/")
      .setUrlParams(Schema.Struct({ ...Page.params, status: Schema.optional(Reservation.Status) }))
      .addSuccess(Reservation.Page)
  )
  .add(
    HttpApiEndpoint.get("byId", "/:id")
      .setPath(_path)
      .addSuccess(Reservation.Model)
      .addError(Reservation.NotFound)
  )
  .add(
    HttpApiEndpoint.post("release", "/:id/release")
      .setPath(_path)
      .addSuccess(Reservation.Model)
      .addError(Reservation.NotFound)
      .addError(Reservation.NotHeld)
      .addError(Access.Denied)
  )
  .middleware(Access.Http)
  .prefix("/v1/reservations") {}

export { ReservationHttp }
