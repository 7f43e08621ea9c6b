import * as Posix from "node:path/posix"
import { Effect, Stream } from "effect"
import { ParseError } from "./parse-error.ts"
import { type RowSource } from "./row-source.ts"
import { SharedStrings } from "./shared-strings.ts"
import { type XlsxArchive } from "./xlsx-archive.ts"
import { XlsxCell } from "./xlsx-cell.ts"
import { XmlScanner } from "./xml-scanner.ts"

declare namespace XlsxWorkbook {
  type Value = {
    /** The part of the first worksheet; chart sheets are passed over. */
    readonly sheet: string
    readonly sharedStrings: ReadonlyArray<string>
    readonly dateStyles: ReadonlyArray<boolean>
    readonly date1904: boolean
  }
}

/**
 * Reads what a sheet needs from the other parts, found through relationships and never by their usual
 * names.
 */
const XlsxWorkbook = {
  read: (
    archive: XlsxArchive.Opened,
    limits: RowSource.Limits
  ): Effect.Effect<XlsxWorkbook.Value, ParseError> =>
    Effect.gen(function* () {
      const root = yield* _relations(archive, "")
      const workbook = root.find((relation) => relation.type === "officeDocument")?.target
      yield* workbook === undefined || !workbook.toLowerCase().endsWith(".xml")
        ? Effect.fail(_unsupported("The zip archive holds no xlsx workbook"))
        : Effect.void
      const relations = yield* _relations(archive, workbook ?? "")
      const { date1904, sheetIds } = yield* _sheets(archive, workbook ?? "")
      const worksheets = relations.filter((relation) => relation.type === "worksheet")
      const sheet = sheetIds
        .flatMap((id) => worksheets.filter((relation) => relation.id === id))
        .find((relation) => archive.has(relation.target))
      const part = (type: string) => relations.find((relation) => relation.type === type)?.target ?? ""
      return {
        sheet: (yield* Effect.filterOrFail(
          Effect.succeed(sheet),
          (found) => found !== undefined,
          () => _unsupported("The workbook has no worksheet")
        )).target,
        sharedStrings: yield* _sharedStrings(archive, part("sharedStrings"), limits),
        dateStyles: yield* _dateStyles(archive, part("styles")),
        date1904
      }
    })
} as const

type _Relation = { readonly id: string; readonly type: string; readonly target: string }

const _unsupported = (message: string) => new ParseError({ reason: "Unsupported", message })

/** What is kept of styles, sheets and relationships grows with the part, so the part is bounded. */
const _smallPartBytes = 32 * 1024 ** 2

const _refuseAbove = (archive: XlsxArchive.Opened, part: string, limit: number) =>
  archive.size(part) > limit
    ? Effect.fail(new ParseError({ reason: "TooLarge", message: `${part} has more than ${limit} bytes` }))
    : Effect.void

const _scan = (
  archive: XlsxArchive.Opened,
  part: string,
  handlers: XmlScanner.Handlers,
  refused: () => ParseError | undefined = () => undefined
): Effect.Effect<void, ParseError> =>
  Effect.suspend(() => {
    const scanner = new XmlScanner(handlers)
    const check = (failure: ParseError | undefined) =>
      failure === undefined ? Effect.void : Effect.fail(failure)
    return archive.has(part)
      ? archive.bytes(part).pipe(
          Stream.runForEach((bytes) => Effect.suspend(() => check(scanner.add(bytes) ?? refused()))),
          Effect.andThen(Effect.suspend(() => check(scanner.end())))
        )
      : Effect.void
  })

/** Relations of a part (of the package itself for an empty name), with targets as full part names. */
const _relations = (archive: XlsxArchive.Opened, part: string) =>
  Effect.gen(function* () {
    const slash = part.lastIndexOf("/") + 1
    const folder = part.slice(0, slash)
    const name = `${folder}_rels/${part.slice(slash)}.rels`
    const found: Array<_Relation> = []
    yield* _refuseAbove(archive, name, _smallPartBytes)
    yield* _scan(archive, name, {
      open: {
        Relationship: ({ Id = "", Type = "", Target = "" }) => {
          const target = Target.startsWith("/") ? Target.slice(1) : Posix.join(folder, Target)
          found.push({ id: Id, type: Type.slice(Type.lastIndexOf("/") + 1), target })
        }
      }
    })
    return found
  })

const _sheets = (archive: XlsxArchive.Opened, workbook: string) =>
  Effect.gen(function* () {
    yield* _refuseAbove(archive, workbook, _smallPartBytes)
    const sheetIds: Array<string> = []
    let date1904 = false
    yield* _scan(archive, workbook, {
      open: {
        workbookPr: (attributes) => {
          date1904 = ["1", "true"].includes(attributes.date1904 ?? "")
        },
        sheet: (attributes) => {
          // The prefix of `r:id` is the writer's choice.
          const id = Object.keys(attributes).find((key) => key.endsWith(":id"))
          sheetIds.push(attributes[id ?? ""] ?? "")
        }
      }
    })
    return { date1904, sheetIds }
  })

const _sharedStrings = (archive: XlsxArchive.Opened, part: string, limits: RowSource.Limits) =>
  Effect.gen(function* () {
    yield* _refuseAbove(archive, part, limits.sharedStringsBytes)
    const table = new SharedStrings(limits)
    yield* _scan(archive, part, table.handlers, () => table.failure)
    return table.strings
  })

/** Only `cellXfs` counts: the xf elements of `cellStyleXfs` look the same and mean something else. */
const _dateStyles = (archive: XlsxArchive.Opened, part: string) =>
  Effect.gen(function* () {
    yield* _refuseAbove(archive, part, _smallPartBytes)
    const codes = new Map<number, string>()
    const formats: Array<number> = []
    let inCells = false
    yield* _scan(archive, part, {
      open: {
        numFmt: ({ numFmtId = "0", formatCode = "" }) => {
          codes.set(Number(numFmtId), formatCode)
        },
        cellXfs: () => {
          inCells = true
        },
        xf: ({ numFmtId = "0" }) => {
          if (inCells) formats.push(Number(numFmtId))
        }
      },
      close: {
        cellXfs: () => {
          inCells = false
        }
      }
    })
    return formats.map((format) => XlsxCell.isDateFormat(format, codes.get(format)))
  })

export { XlsxWorkbook }
