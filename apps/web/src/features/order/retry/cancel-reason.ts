import { type OrderRetry } from "@tessera/shared/order/order-retry"

interface _Model {
  readonly title: string
  /** What a person can do about it. */
  readonly advice: string
  /** What to change before it is tried again. */
  readonly change?: keyof OrderRetry.Request
}

interface _Rule extends _Model {
  readonly begins: string
}

declare namespace CancelReason {
  type Model = _Model
}

const _anotherCard = {
  advice: "No money moved, and the stock was released. Try again with another card.",
  change: "paymentToken"
} as const

/** By how the reason begins; the first that fits is taken. */
const _rules: ReadonlyArray<_Rule> = [
  {
    begins: "out of stock",
    title: "Out of stock",
    advice: "Nothing was taken. Try again as soon as there is enough on hand."
  },
  { begins: "payment: declined", title: "The card was declined", ..._anotherCard },
  { begins: "payment: insufficient_funds", title: "The card has not enough money", ..._anotherCard },
  { begins: "payment: unknown_token", title: "The provider does not know this card", ..._anotherCard },
  { begins: "payment: ", title: "The payment was refused", ..._anotherCard },
  { begins: "capture: ", title: "The payment could not be taken", ..._anotherCard },
  {
    begins: "carrier: address_rejected",
    title: "The carrier does not deliver there",
    advice: "Everything was undone. Try again with another postcode.",
    change: "postcode"
  },
  {
    begins: "carrier: ",
    title: "The carrier refused it",
    advice: "Everything was undone. Try again, perhaps with another postcode.",
    change: "postcode"
  },
  {
    begins: "approval: nobody",
    title: "Not approved in time",
    advice: "The payment was given back. Tried again, it asks for approval once more."
  },
  {
    begins: "approval: ",
    title: "Rejected",
    advice: "The payment was given back. Tried again, it asks for approval once more."
  },
  {
    // "on request", "by an operator"
    begins: "cancelled ",
    title: "Cancelled on request",
    advice: "Everything done so far was undone. It can still be tried again."
  }
]

const _noAnswer: CancelReason.Model = {
  title: "Another system did not answer",
  advice: "Everything done so far was undone. Try again once it is back."
}
const _other: CancelReason.Model = {
  title: "Cancelled",
  advice: "Everything done so far was undone. It can be tried again."
}

/** Why an order was cancelled, for people; the reason itself is among the facts of the order. */
const CancelReason = {
  of: (reason: string | null): CancelReason.Model =>
    _rules.find(({ begins }) => reason?.startsWith(begins) === true) ??
    (reason?.includes(": no answer after ") === true ? _noAnswer : _other)
} as const

export { CancelReason }
