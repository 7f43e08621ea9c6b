import { Option } from "effect"

/** Thousands in groups of three, or not at all; a comma before the last one or two digits is decimal. */
const _shapes = [
  /^(?<whole>\d{1,3}(?:,\d{3})+)(?:\.(?<cents>\d{1,2}))?$/,
  /^(?<whole>\d{1,12})(?:[.,](?<cents>\d{1,2}))?$/
] as const

const _minor = (whole: string, cents: string) => Number(`${whole.replaceAll(",", "")}${cents.padEnd(2, "0")}`)

const _groups = (text: string) =>
  _shapes.map((shape) => shape.exec(text)?.groups).find((groups) => groups !== undefined)

/** An amount as it is typed, in major units, and as it is sent; never by way of a fraction. */
const RefundAmount = {
  /** None for what is no amount, or says more than two decimals: nobody guesses with money. */
  parse: (text: string): Option.Option<number> =>
    Option.fromNullable(_groups(text.trim())).pipe(
      Option.map(({ cents = "", whole = "" }) => _minor(whole, cents)),
      Option.filter(Number.isSafeInteger)
    ),
  /** As it would be typed: `1234.50`. */
  text: (minor: number): string => {
    const digits = String(minor).padStart(3, "0")
    return `${digits.slice(0, -2)}.${digits.slice(-2)}`
  }
} as const

export { RefundAmount }
