import { Schema } from "effect"

const _Status = Schema.Literal("pending", "approved", "rejected", "expired")

/** The whole life cycle, as data. Decided once: nobody takes it back. */
const _transitions = {
  pending: { approve: "approved", reject: "rejected", expire: "expired" },
  approved: {},
  rejected: {},
  expired: {}
} as const satisfies Record<Approval.Status, Readonly<Record<string, Approval.Status>>>

class _Decide extends Schema.Class<_Decide>("Approval.Decide")({
  /** Why, in the words of whoever decides; shown in the order's history. */
  note: Schema.optional(Schema.String.pipe(Schema.maxLength(500)))
}) {}

/** Whether a person lets one run of an order go on to its capture; `expired`: nobody decided in time. */
const Approval = {
  Status: _Status,
  Decide: _Decide,
  initial: "pending",
  transitions: _transitions
} as const

declare namespace Approval {
  type Status = typeof _Status.Type
  /** What a person can say. */
  type Verdict = "approve" | "reject"
  type Decide = _Decide
}

export { Approval }
