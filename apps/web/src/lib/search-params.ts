import { Option, Schema } from "effect"

declare namespace SearchParams {
  type Raw = Readonly<Record<string, unknown>>
}

/**
 * Filters in the URL as plain `?status=placed&search=1001`: every value is text, because the router's own
 * JSON-like notation would turn the search for an order number into a number.
 */
const SearchParams = {
  parse: (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text)),
  stringify: (values: SearchParams.Raw): string => {
    const present = Object.entries(values).filter(([, value]) => value !== undefined && value !== "")
    const text = new URLSearchParams(present.map(([name, value]) => [name, String(value)])).toString()
    return text === "" ? "" : `?${text}`
  },
  /** Nobody gets an error page for a mistyped filter: what does not decode is left out. */
  lenient:
    <A extends object, I>(schema: Schema.Schema<A, I>, fallback: A) =>
    (values: SearchParams.Raw): A =>
      Option.getOrElse(Schema.decodeUnknownOption(schema)(values), () => fallback)
} as const

export { SearchParams }
