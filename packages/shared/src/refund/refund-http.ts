import { HttpApiEndpoint, HttpApiGroup } from "@effect/platform"
import { Schema } from "effect"
import { Access } from "../access/access.ts"
import { Order } from "../order/order.ts"
import { Refund } from "./refund.ts"

const _path = Schema.Struct({ id: Order.Id })

/**
 * `/v1/orders/:id/refund(s)`: asking for one needs an `Idempotency-Key`, and answers at once; the money goes
 * back by itself.
 */
class RefundHttp extends HttpApiGroup.make("refund")
  .add(
    HttpApiEndpoint.post("request", "/:id/refund")
      .setPath(_path)
      .setHeaders(
        Schema.Struct({
          "idempotency-key": Schema.String.pipe(Schema.minLength(8), Schema.maxLength(200))
        })
      )
      .setPayload(Refund.Request)
      .addSuccess(Refund.Model, { status: 201 })
      .addError(Order.NotFound)
      .addError(Refund.NotRefundable)
      .addError(Refund.TooMuch)
      .addError(Refund.TooManyReturned)
      .addError(Refund.KeyReused)
      .addError(Access.Denied)
  )
  .add(
    /** The oldest first. */
    HttpApiEndpoint.get("list", "/:id/refunds")
      .setPath(_path)
      .addSuccess(Schema.Array(Refund.Model))
      .addError(Order.NotFound)
  )
  .middleware(Access.Http)
  .prefix("/v1/orders") {}

export { RefundHttp }
