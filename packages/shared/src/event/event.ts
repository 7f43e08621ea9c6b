import { EventRegistry } from "@tessera/infra/events/event-registry"
import { Schema } from "effect"
import { ImportEvent } from "../import/import-event.ts"
import { OrderEvent } from "../order/order-event.ts"
import { Page } from "../page.ts"
import { Problem } from "../problem.ts"
import { ProductEvent } from "../product/product-event.ts"

/** Every fact that the product publishes; the registry for the log, SSE, WebSocket and webhooks. */
const _definitions = [
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
] as const

const _Payload = Schema.Union(
  OrderEvent.Placed.schema,
  OrderEvent.Advanced.schema,
  OrderEvent.Fulfilled.schema,
  OrderEvent.Cancelled.schema,
  OrderEvent.Retried.schema,
  OrderEvent.ApprovalRequested.schema,
  OrderEvent.ApprovalDecided.schema,
  OrderEvent.Refunded.schema,
  ProductEvent.Created.schema,
  ProductEvent.Restocked.schema,
  ProductEvent.Imported.schema,
  ImportEvent.Progressed.schema,
  ImportEvent.Completed.schema,
  ImportEvent.Failed.schema
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

class _TooManyStreams extends Schema.TaggedError<_TooManyStreams>()(
  "Event.TooManyStreams",
  {
    ...Problem.fields("Event.TooManyStreams", 429, "This user has as many event streams open as it may"),
    most: Schema.Int,
    /** As `Retry-After`. */
    retryAfterSeconds: Schema.Int
  },
  Problem.annotations(429)
) {}

const Event = {
  Payload: _Payload,
  Model: _Model,
  Page: Page.of(_Model),
  UnknownType: _UnknownType,
  TooManyStreams: _TooManyStreams,
  types: _definitions.map(({ type }) => type),
  /** By it stored events of older versions are read. */
  registry: EventRegistry.of(_definitions)
} as const

declare namespace Event {
  type Payload = typeof _Payload.Type
  type Model = _Model
  type Page = typeof Event.Page.Type
  type UnknownType = _UnknownType
  type TooManyStreams = _TooManyStreams
}

export { Event }
