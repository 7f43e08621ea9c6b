import { FileSystem, type Error as PlatformError } from "@effect/platform"
import { Effect, Option, Stream } from "effect"
import { CsvReader } from "./csv-reader.ts"
import { ParseError } from "./parse-error.ts"
import { RowSource } from "./row-source.ts"
import { SpooledFile } from "./spooled-file.ts"
import { XlsxReader } from "./xlsx-reader.ts"

/** Rows of a table file, whatever it calls itself: the first bytes decide between a workbook and text. */
const ReadRows = {
  /** The file has to stay as it is while it is read. */
  fromFile: (
    path: string,
    options: RowSource.Options = {}
  ): Stream.Stream<RowSource.Event, ParseError, FileSystem.FileSystem> =>
    Stream.unwrapScoped(
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const file = yield* fs.open(path)
        const head = yield* file.readAlloc(4)
        const totalBytes = Number((yield* file.stat).size)
        const isWorkbook = yield* _isWorkbook(
          Option.getOrElse(head, () => _nothing),
          options.format
        )
        const bytes = Stream.mapError(fs.stream(path), _unreadable)
        return yield* isWorkbook
          ? _workbook(file, options)
          : Effect.flatMap(_split(bytes), ([start, rest]) => _text(start, rest, { ...options, totalBytes }))
      }).pipe(Effect.catchTags({ BadArgument: _refuse, SystemError: _refuse }))
    ),
  /**
   * From bytes as they arrive: text is parsed on the way, a workbook has to be complete first and is spooled.
   * `totalBytes` is null where the sender does not say.
   */
  fromBytes: (
    bytes: Stream.Stream<Uint8Array, ParseError>,
    options: RowSource.Options & { readonly totalBytes: number | null }
  ): Stream.Stream<RowSource.Event, ParseError, FileSystem.FileSystem> =>
    Stream.unwrapScoped(
      Effect.gen(function* () {
        const [head, rest] = yield* _split(bytes)
        const isWorkbook = yield* _isWorkbook(head, options.format)
        return yield* isWorkbook
          ? _spooled(Stream.concat(Stream.make(head), rest), options)
          : _text(head, rest, options)
      })
    )
} as const

type _Sized = RowSource.Options & { readonly totalBytes: number | null }

const _nothing = new Uint8Array()

/** Enough to tell the format and the delimiter: the first line, or 64 KiB of it. */
const _tells = (head: Uint8Array) => head.length >= 65_536 || (head.length >= 4 && head.includes(10))

/** Not `Stream.peel`: there, a failure of the rest is a defect. */
const _split = <R>(bytes: Stream.Stream<Uint8Array, ParseError, R>) =>
  Effect.gen(function* () {
    const pull = yield* Stream.toPull(bytes)
    const more = (head: Uint8Array): Effect.Effect<_Split<R>, ParseError, R> =>
      _tells(head)
        ? Effect.succeed([head, Stream.repeatEffectChunkOption(pull)])
        : Effect.matchEffect(pull, {
            onSuccess: (chunk) => more(Buffer.concat([head, ...chunk])),
            onFailure: Option.match({
              onNone: () => Effect.succeed<_Split<R>>([head, Stream.empty]),
              onSome: (error) => Effect.fail(error)
            })
          })
    return yield* more(_nothing)
  })

type _Split<R> = readonly [head: Uint8Array, rest: Stream.Stream<Uint8Array, ParseError, R>]

/** Every zip archive begins with `PK` and a small number. */
const _isWorkbook = (
  head: Uint8Array,
  format: RowSource.Options["format"]
): Effect.Effect<boolean, ParseError> => {
  const magic = Buffer.from(head.subarray(0, 4)).toString("hex")
  return magic === "d0cf11e0"
    ? Effect.fail(
        new ParseError({
          reason: "Unsupported",
          message: "An old or encrypted workbook: save it as xlsx without a password"
        })
      )
    : Effect.succeed(format === undefined ? /^504b0[357]0[468]$/.test(magic) : format === "xlsx")
}

const _text = (head: Uint8Array, rest: Stream.Stream<Uint8Array, ParseError>, options: _Sized) =>
  Effect.sync(() => {
    const limits = RowSource.limits(options.limits)
    return RowSource.events(CsvReader.slices(head, rest, limits), { ...options, limits })
  })

const _workbook = (file: FileSystem.File, options: RowSource.Options) =>
  Effect.gen(function* () {
    const limits = RowSource.limits(options.limits)
    const { slices, totalBytes } = yield* XlsxReader.open(file.fd, limits)
    return RowSource.events(slices, { ...options, limits, totalBytes })
  })

const _spooled = (bytes: Stream.Stream<Uint8Array, ParseError>, options: _Sized) =>
  Effect.map(SpooledFile.make, (file) =>
    Stream.concat(
      SpooledFile.fill(file, bytes, { ...options, limits: RowSource.limits(options.limits) }),
      Stream.unwrap(_workbook(file, options))
    )
  )

const _unreadable = (error: PlatformError.PlatformError) =>
  new ParseError({ reason: "Unreachable", message: error.message })

const _refuse = (error: PlatformError.PlatformError) => Effect.fail(_unreadable(error))

export { ReadRows }
