import { Schema } from "effect"

/** Money is an integer count of minor units (cents); never a float. Bound: 2^53 − 1. */
const _AmountMinor = Schema.Int.pipe(Schema.nonNegative(), Schema.brand("AmountMinor"))
const _Currency = Schema.String.pipe(Schema.pattern(/^[A-Z]{3}$/), Schema.brand("Currency"))

const Money = {
  AmountMinor: _AmountMinor,
  /** ISO 4217 code. */
  Currency: _Currency,
  format: (amountMinor: number, currency: string, locale = "en"): string =>
    new Intl.NumberFormat(locale, { style: "currency", currency }).format(amountMinor / 100)
} as const

declare namespace Money {
  type AmountMinor = typeof _AmountMinor.Type
  type Currency = typeof _Currency.Type
}

export { Money }
