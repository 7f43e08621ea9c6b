import { Schema } from "effect"
import { ImportEvent } from "../import/import-event.ts"
import { OrderEvent } from "../order/order-event.ts"
import { Page } from "../page.ts"
import { Problem } from "../problem.ts"
import { ProductEvent } from "../product/product-event.ts"

/** Every fact that the product publishes; the registry for the log, SSE, WebSocket and webhooks. */
const _Payload = Schema.Union(
  OrderEvent.Placed,
  OrderEvent.Advanced,
  OrderEvent.Fulfilled,
  OrderEvent.Cancelled,
  OrderEvent.Retried,
  OrderEvent.ApprovalRequested,
  OrderEvent.ApprovalDecided,
  OrderEvent.Refunded,
  ProductEvent.Created,
  ProductEvent.Restocked,
  ProductEvent.Imported,
  ImportEvent.Progressed,
  ImportEvent.Completed,
  ImportEvent.Failed
)

/** `seq` is gapless per tenant: it is the SSE `Last-Event-ID` and the resume token of the socket. */
class _Model extends Schema.Class<_Model>("Event")({
  seq: Schema.Int,
  id: Schema.UUID,
  type: Schema.String,
  aggregateId: Schema.String,
  version: Schema.Int,
  occurredAt: Schema.DateTimeUtc,
  payload: _Payload
}) {}

class _UnknownType extends Schema.TaggedError<_UnknownType>()(
  "Event.UnknownType",
  { ...Problem.fields("Event.UnknownType", 422, "There is no such type of event"), eventType: Schema.String },
  Problem.annotations(422)
) {}

const Event = {
  Payload: _Payload,
  Model: _Model,
  Page: Page.of(_Model),
  UnknownType: _UnknownType,
  types: [
    "order.placed",
    "order.advanced",
    "order.fulfilled",
    "order.cancelled",
    "order.retried",
    "order.approval_requested",
    "order.approval_decided",
    "order.refunded",
    "product.created",
    "product.restocked",
    "product.imported",
    "import.progressed",
    "import.completed",
    "import.failed"
  ] satisfies ReadonlyArray<Event.Payload["_tag"]>
} as const

declare namespace Event {
  type Payload = typeof _Payload.Type
  type Model = _Model
  type Page = typeof Event.Page.Type
  type UnknownType = _UnknownType
}

export { Event }
