import { HttpApiEndpoint, HttpApiGroup } from "@effect/platform"
import { Schema } from "effect"
import { Access } from "../access/access.ts"
import { Approval } from "../approval/approval.ts"
import { Page } from "../page.ts"
import { Reservation } from "../reservation/reservation.ts"
import { Order } from "./order.ts"
import { OrderHistory } from "./order-history.ts"
import { OrderRetry } from "./order-retry.ts"

const _path = Schema.Struct({ id: Order.Id })

/**
 * `/v1/orders`: placing needs an `Idempotency-Key`; the saga goes on by itself, watch it by events or
 * `timeline`.
 */
class OrderHttp extends HttpApiGroup.make("order")
  .add(
    HttpApiEndpoint.get("list", "/")
      .setUrlParams(
        Schema.Struct({
          ...Page.params,
          status: Schema.optional(Order.Filter),
          approval: Schema.optional(Approval.Status),
          search: Schema.optional(Schema.String)
        })
      )
      .addSuccess(Order.Page)
  )
  .add(
    HttpApiEndpoint.post("place", "/")
      .setHeaders(
        Schema.Struct({
          "idempotency-key": Schema.String.pipe(Schema.minLength(8), Schema.maxLength(200))
        })
      )
      .setPayload(Order.Place)
      .addSuccess(Order.Model, { status: 201 })
      .addError(Order.UnknownSku)
      .addError(Order.KeyReused)
      .addError(Reservation.NotFound)
      .addError(Reservation.NotHeld)
      .addError(Reservation.Mismatch)
      .addError(Order.TooManyParcels)
      .addError(Access.Denied)
  )
  .add(HttpApiEndpoint.get("byId", "/:id").setPath(_path).addSuccess(Order.Model).addError(Order.NotFound))
  .add(
    HttpApiEndpoint.get("timeline", "/:id/timeline")
      .setPath(_path)
      .addSuccess(Schema.Array(Order.Step))
      .addError(Order.NotFound)
  )
  .add(
    HttpApiEndpoint.post("cancel", "/:id/cancel")
      .setPath(_path)
      .addSuccess(Order.Model)
      .addError(Order.NotFound)
      .addError(Order.InvalidTransition)
      .addError(Access.Denied)
  )
  .add(
    /** A cancelled order is placed again, as its next run. */
    HttpApiEndpoint.post("retry", "/:id/retry")
      .setPath(_path)
      .setPayload(OrderRetry.Request)
      .addSuccess(Order.Model)
      .addError(Order.NotFound)
      .addError(Order.InvalidTransition)
      .addError(Access.Denied)
  )
  .add(
    HttpApiEndpoint.get("history", "/:id/history")
      .setPath(_path)
      .addSuccess(Schema.Array(OrderHistory.Entry))
      .addError(Order.NotFound)
  )
  .add(
    HttpApiEndpoint.post("approve", "/:id/approve")
      .setPath(_path)
      .setPayload(Approval.Decide)
      .addSuccess(Order.Model)
      .addError(Order.NotFound)
      .addError(Order.NotAwaitingApproval)
      .addError(Access.Denied)
  )
  .add(
    HttpApiEndpoint.post("reject", "/:id/reject")
      .setPath(_path)
      .setPayload(Approval.Decide)
      .addSuccess(Order.Model)
      .addError(Order.NotFound)
      .addError(Order.NotAwaitingApproval)
      .addError(Access.Denied)
  )
  .middleware(Access.Http)
  .prefix("/v1/orders") {}

export { OrderHttp }
