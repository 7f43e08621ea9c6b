import { type FileSystem } from "@effect/platform"
import * as NodeStream from "@effect/platform-node/NodeStream"
import { Effect, Stream } from "effect"
import * as Yauzl from "yauzl"
import { ParseError } from "./parse-error.ts"
import { type RowSource } from "./row-source.ts"

declare namespace XlsxArchive {
  type Opened = {
    /** Names are compared without case and without a leading slash, as writers differ. */
    readonly has: (name: string) => boolean
    readonly size: (name: string) => number
    /** Inflated bytes; never more than the directory declares. Empty where there is no such part. */
    readonly bytes: (name: string) => Stream.Stream<Uint8Array, ParseError>
  }
}

/** A workbook's zip directory, refused before anything is inflated when it could not be an honest file's. */
const XlsxArchive = {
  /** The descriptor stays the caller's: it must stay open while parts are read. */
  open: (
    fd: FileSystem.File.Descriptor,
    limits: RowSource.Limits
  ): Effect.Effect<XlsxArchive.Opened, ParseError> =>
    Effect.gen(function* () {
      const zip = yield* Effect.tryPromise({
        try: () => Yauzl.fromFdPromise(fd, { autoClose: false, lazyEntries: true }),
        catch: () => _malformed("The file is cut off or no zip archive")
      })
      yield* _refuse(
        zip.entryCount > limits.entries,
        `${zip.entryCount} parts; ${limits.entries} are allowed`
      )
      const parts = new Map<string, Yauzl.Entry>()
      const inflated = yield* Stream.fromAsyncIterable(zip.eachEntry(), (cause) =>
        _malformed(`Broken zip directory: ${String(cause)}`)
      ).pipe(
        Stream.tap((entry) => _check(entry, limits)),
        Stream.runFold(0, (total, entry) => {
          parts.set(_key(entry.fileName), entry)
          return total + entry.uncompressedSize
        })
      )
      yield* _refuse(
        inflated > limits.inflatedBytes,
        `${inflated} bytes unpacked; ${limits.inflatedBytes} are allowed`
      )
      return {
        has: (name) => parts.has(_key(name)),
        size: (name) => parts.get(_key(name))?.uncompressedSize ?? 0,
        bytes: (name) => _bytes(zip, parts.get(_key(name)))
      }
    })
} as const

const _key = (name: string): string => name.replace(/^\//, "").toLowerCase()

const _malformed = (message: string) => new ParseError({ reason: "Malformed", message })

const _refuse = (condition: boolean, what: string): Effect.Effect<void, ParseError> =>
  condition
    ? Effect.fail(new ParseError({ reason: "TooLarge", message: `The workbook has ${what}` }))
    : Effect.void

const _check = (entry: Yauzl.Entry, limits: RowSource.Limits) => {
  const size = entry.uncompressedSize
  const ratio = Math.round(size / Math.max(1, entry.compressedSize))
  return Effect.all(
    [
      _refuse(
        size > limits.ratioFromBytes && ratio > limits.ratio,
        `a part that unpacks to ${ratio} times its size; ${limits.ratio} times are allowed`
      ),
      _refuse(
        /sharedstrings\.xml$/i.test(entry.fileName) && size > limits.sharedStringsBytes,
        `${size} bytes of shared text; ${limits.sharedStringsBytes} are allowed`
      ),
      entry.isEncrypted()
        ? Effect.fail(new ParseError({ reason: "Unsupported", message: "The workbook is encrypted" }))
        : Effect.void
    ],
    { discard: true }
  )
}

const _bytes = (zip: Yauzl.ZipFile, entry: Yauzl.Entry | undefined): Stream.Stream<Uint8Array, ParseError> =>
  entry === undefined
    ? Stream.empty
    : Stream.unwrap(
        Effect.map(
          Effect.tryPromise({
            try: () => zip.openReadStreamPromise(entry),
            catch: (cause) => _malformed(`Cannot unpack ${entry.fileName}: ${String(cause)}`)
          }),
          (readable) =>
            NodeStream.fromReadable<ParseError, Uint8Array>(
              () => readable,
              (cause) => _malformed(`Cannot unpack ${entry.fileName}: ${String(cause)}`)
            )
        )
      )

export { XlsxArchive }
