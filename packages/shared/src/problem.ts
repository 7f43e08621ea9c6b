import { HttpApiSchema } from "@effect/platform"
import { Schema } from "effect"

/**
 * The common members of an RFC 9457 problem. `code` is the error's tag; `requestId` is filled in by the
 * server on the way out, so that a person can quote it. A refusal spreads these fields before its own.
 */
const Problem = {
  fields: <const Code extends string, const Status extends number>(
    code: Code,
    status: Status,
    title: string
  ) => ({
    type: Schema.String.pipe(
      Schema.propertySignature,
      Schema.withConstructorDefault(() => `https://tessera.dev/problems/${code}`)
    ),
    title: Schema.String.pipe(
      Schema.propertySignature,
      Schema.withConstructorDefault(() => title)
    ),
    status: Schema.Number.pipe(
      Schema.propertySignature,
      Schema.withConstructorDefault(() => status)
    ),
    code: Schema.String.pipe(
      Schema.propertySignature,
      Schema.withConstructorDefault(() => code)
    ),
    detail: Schema.optional(Schema.String),
    requestId: Schema.optional(Schema.String)
  }),
  /** Tells the contract the status and the media type of the refusal. */
  annotations: (status: number): Record<symbol, number> => ({
    [HttpApiSchema.AnnotationStatus]: status
  })
} as const

export { Problem }
