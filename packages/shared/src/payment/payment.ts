import { Schema } from "effect"

const _Status = Schema.Literal("authorised", "captured", "voided", "partially_refunded", "refunded")

/**
 * The whole life cycle, as data. A refund without a capture came late: the provider had taken the money,
 * and nobody here had noted it. `partially_refunded`: some of it went back after the order was fulfilled.
 */
const _transitions = {
  authorised: { capture: "captured", void: "voided", refund: "refunded" },
  captured: { refundPart: "partially_refunded", refund: "refunded" },
  partially_refunded: { refundPart: "partially_refunded", refund: "refunded" },
  voided: {},
  refunded: {}
} as const satisfies Record<Payment.Status, Readonly<Record<string, Payment.Status>>>

/** What was agreed with the payment provider for one run of an order. */
const Payment = { Status: _Status, initial: "authorised", transitions: _transitions } as const

declare namespace Payment {
  type Status = typeof _Status.Type
}

export { Payment }
