import { Schema } from "effect"
import { Import } from "../import/import.ts"
import { Money } from "../money.ts"
import { Order } from "../order/order.ts"

const _import = { importId: Import.Id, fileName: Schema.String }

const _ImportCompleted = Schema.TaggedStruct("import.completed", { ..._import, counts: Import.Counts })
const _ImportFailed = Schema.TaggedStruct("import.failed", { ..._import, reason: Schema.String })
const _ApprovalRequested = Schema.TaggedStruct("order.approval_requested", {
  orderId: Order.Id,
  number: Schema.String,
  totalMinor: Money.AmountMinor,
  currency: Money.Currency
})

class _Model extends Schema.Class<_Model>("Notice")({
  /** That of the event behind it: a notice that comes twice has the same. */
  id: Schema.UUID,
  at: Schema.DateTimeUtc,
  about: Schema.Union(_ImportCompleted, _ImportFailed, _ApprovalRequested)
}) {}

/** What one person should look at now. It is said to the sockets of the moment and kept nowhere. */
const Notice = { Model: _Model } as const

declare namespace Notice {
  type Model = _Model
  type About = _Model["about"]
}

export { Notice }
