import { Either } from "effect"
import { type LedgerEntry } from "./ledger-entry.ts"

declare namespace PaymentRules {
  /** `refundPart` is a refund that leaves something of the money. */
  type Move = "capture" | "void" | "refund" | "refundPart"
  /** Right is the status it becomes, Left the code of the 409. */
  type Verdict = Either.Either<LedgerEntry.PaymentStatus, string>
}

/**
 * The life of an authorisation as a table. A move repeated under another key is refused too, and its code
 * says that the goal is already reached.
 */
const PaymentRules = {
  authorised: {
    capture: Either.right("captured"),
    void: Either.right("voided"),
    refund: Either.left("not_captured"),
    refundPart: Either.left("not_captured")
  },
  captured: {
    capture: Either.left("already_captured"),
    void: Either.left("already_captured"),
    refund: Either.right("refunded"),
    refundPart: Either.right("partially_refunded")
  },
  partially_refunded: {
    capture: Either.left("already_captured"),
    void: Either.left("already_captured"),
    refund: Either.right("refunded"),
    refundPart: Either.right("partially_refunded")
  },
  voided: {
    capture: Either.left("already_voided"),
    void: Either.left("already_voided"),
    refund: Either.left("not_captured"),
    refundPart: Either.left("not_captured")
  },
  refunded: {
    capture: Either.left("already_refunded"),
    void: Either.left("already_refunded"),
    refund: Either.left("already_refunded"),
    refundPart: Either.left("already_refunded")
  }
} satisfies Record<LedgerEntry.PaymentStatus, Record<PaymentRules.Move, PaymentRules.Verdict>>

export { PaymentRules }
