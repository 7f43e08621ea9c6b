import { type FileSystem } from "@effect/platform"
import { Effect, Stream } from "effect"
import { type ParseError } from "./parse-error.ts"
import { type RowSource } from "./row-source.ts"
import { XlsxArchive } from "./xlsx-archive.ts"
import { XlsxSheet } from "./xlsx-sheet.ts"
import { XlsxWorkbook } from "./xlsx-workbook.ts"

declare namespace XlsxReader {
  type Opened = { readonly totalBytes: number; readonly slices: Stream.Stream<RowSource.Slice, ParseError> }
}

/**
 * Reads the first worksheet of an xlsx file in constant memory but for its shared strings.
 * `bytesRead` and `totalBytes` count the sheet's XML, which is what the time goes into.
 */
const XlsxReader = {
  /** The zip directory is at the end of the file, so it wants a descriptor and not a stream. */
  open: (
    fd: FileSystem.File.Descriptor,
    limits: RowSource.Limits
  ): Effect.Effect<XlsxReader.Opened, ParseError> =>
    Effect.gen(function* () {
      const archive = yield* XlsxArchive.open(fd, limits)
      const workbook = yield* XlsxWorkbook.read(archive, limits)
      return {
        totalBytes: archive.size(workbook.sheet),
        slices: Stream.suspend(() => {
          const sheet = new XlsxSheet({ ...workbook, limits })
          return archive.bytes(workbook.sheet).pipe(
            Stream.map((bytes) => sheet.add(bytes)),
            Stream.concat(Stream.suspend(() => Stream.make(sheet.end())))
          )
        })
      }
    })
} as const

export { XlsxReader }
