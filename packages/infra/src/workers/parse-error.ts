import { Schema } from "effect"

/**
 * Why a file cannot be read on; rows that came before it stay good.
 * Its tag is not the bare `ParseError` of Effect's schemas, which means a broken message and not a
 * broken file.
 */
class ParseError extends Schema.TaggedError<ParseError>()("Workers.ParseError", {
  /** `Unreachable`: worth another try. All others are properties of the file and come back the same. */
  reason: Schema.Literal("Unreachable", "Unsupported", "TooLarge", "Malformed", "Empty"),
  /** One sentence for the person who sent the file. */
  message: Schema.String,
  /** Row number as a spreadsheet shows it, where the reader knows it. */
  row: Schema.optionalWith(Schema.Number, { exact: true })
}) {}

export { ParseError }
