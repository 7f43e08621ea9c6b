import { Schema } from "effect"
import { ParseError } from "./parse-error.ts"
import { type RowSource } from "./row-source.ts"

/**
 * Both ends are one build of ours and the transfer copies plain data, so rows are not checked cell by cell:
 * that would cost the replica's event loop more than receiving them.
 */
const _Rows = Schema.declare((input): input is ReadonlyArray<RowSource.Row> => Array.isArray(input))

const _Progress = Schema.Union(
  Schema.TaggedStruct("Header", { columns: Schema.Array(Schema.String) }),
  Schema.TaggedStruct("Rows", {
    rows: _Rows,
    /** Bytes; of the file for text, of the sheet's XML for a workbook. */
    bytesRead: Schema.Number,
    totalBytes: Schema.NullOr(Schema.Number),
    rowsRead: Schema.Number
  })
)

const _limit = Schema.optionalWith(Schema.Number, { exact: true })

class _ParseFile extends Schema.TaggedRequest<_ParseFile>()("ParseFile", {
  payload: {
    /** Unique in the worker while the parse runs. */
    parseId: Schema.Int,
    /** Presigned: the worker has no credentials of its own. */
    url: Schema.String.pipe(Schema.pattern(/^https?:\/\//)),
    format: Schema.optionalWith(Schema.Literal("xlsx", "csv"), { exact: true }),
    batchSize: Schema.Int.pipe(Schema.between(1, 200)),
    limits: Schema.Struct({
      uploadBytes: _limit,
      entries: _limit,
      inflatedBytes: _limit,
      ratio: _limit,
      ratioFromBytes: _limit,
      sharedStringsBytes: _limit,
      sharedStringsHeapBytes: _limit,
      columns: _limit,
      rowBytes: _limit
    })
  },
  success: _Progress,
  failure: ParseError
}) {}

/** The consumer took one message: one more may be sent. */
class _Credit extends Schema.TaggedRequest<_Credit>()("Credit", {
  payload: { parseId: Schema.Int },
  success: Schema.Void,
  failure: Schema.Never
}) {}

/** Answered when the parse has ended and let go of its file, at once where there is none. */
class _Stop extends Schema.TaggedRequest<_Stop>()("Stop", {
  payload: { parseId: Schema.Int },
  success: Schema.Void,
  failure: Schema.Never
}) {}

declare namespace WorkerRequest {
  type Any = _ParseFile | _Credit | _Stop
  type ParseFile = _ParseFile
  type Progress = typeof _Progress.Type
}

/**
 * What the pool may ask of a parse worker. A parse may be `window` messages ahead of the credits it
 * was given.
 */
const WorkerRequest = {
  Any: Schema.Union(_ParseFile, _Credit, _Stop),
  ParseFile: _ParseFile,
  Credit: _Credit,
  Stop: _Stop,
  Progress: _Progress,
  window: 8
} as const

export { WorkerRequest }
