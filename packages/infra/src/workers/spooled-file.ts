import { dirname } from "node:path"
import { FileSystem } from "@effect/platform"
import { Effect, Stream } from "effect"
import { ParseError } from "./parse-error.ts"
import { type RowSource } from "./row-source.ts"

/** A sign of life at least this often, in bytes, so that a slow download is not taken for a hang. */
const _heartbeatBytes = 1024 ** 2

/**
 * A temporary file without a name: it is unlinked as soon as it is open, so that even a killed thread
 * leaves nothing.
 */
const SpooledFile = {
  make: Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    return yield* Effect.acquireUseRelease(
      fs.makeTempFile({ prefix: "tessera-import-" }),
      (path) => fs.open(path, { flag: "w+" }),
      (path) => Effect.ignore(fs.remove(dirname(path), { recursive: true }))
    )
  }).pipe(Effect.orDie),

  /** Writes all bytes and emits empty batches on the way. */
  fill: (
    file: FileSystem.File,
    bytes: Stream.Stream<Uint8Array, ParseError>,
    options: { readonly limits: RowSource.Limits; readonly totalBytes: number | null }
  ): Stream.Stream<RowSource.Event, ParseError> =>
    bytes.pipe(
      Stream.mapAccumEffect(0, (before, chunk) => {
        const bytesRead = before + chunk.length
        const beat = Math.floor(before / _heartbeatBytes) < Math.floor(bytesRead / _heartbeatBytes)
        const { totalBytes } = options
        const event: RowSource.Rows = { _tag: "Rows", rows: [], bytesRead, totalBytes, rowsRead: 0 }
        return Effect.as(_write(file, chunk, bytesRead, options.limits.uploadBytes), [
          bytesRead,
          beat ? [event] : []
        ] as const)
      }),
      Stream.flattenIterables
    )
} as const

const _write = (file: FileSystem.File, chunk: Uint8Array, total: number, limit: number) =>
  total > limit
    ? Effect.fail(new ParseError({ reason: "TooLarge", message: `The file is larger than ${limit} bytes` }))
    : Effect.orDie(file.writeAll(chunk))

export { SpooledFile }
