import { Schema } from "effect"
import { Order } from "../order/order.ts"
import { Problem } from "../problem.ts"

const _place = {
  orderId: Order.Id,
  step: Schema.String,
  direction: Schema.Literal("forward", "compensate"),
  /** The last one, which failed; from 8. */
  attempt: Schema.Int
}

class _Place extends Schema.Class<_Place>("StuckStep.Place")(_place) {}

class _Model extends Schema.Class<_Model>("StuckStep")({
  ..._place,
  /** The order's, as people know it. */
  number: Schema.String,
  /** When the first attempt began. */
  since: Schema.DateTimeUtc,
  /** What the last attempt met, in words. */
  error: Schema.NullOr(Schema.String)
}) {}

/** Not stuck any more counts as none: it has been tried again meanwhile, or has ended. */
class _NotFound extends Schema.TaggedError<_NotFound>()(
  "StuckStep.NotFound",
  Problem.fields("StuckStep.NotFound", 404, "No such step is stuck"),
  Problem.annotations(404)
) {}

/**
 * A step of the saga of an order, or of a refund of it, that failed eight times or more and is tried every
 * 5 minutes: look at it.
 */
const StuckStep = { Place: _Place, Model: _Model, NotFound: _NotFound } as const

declare namespace StuckStep {
  type Place = _Place
  type Model = _Model
  type NotFound = _NotFound
}

export { StuckStep }
