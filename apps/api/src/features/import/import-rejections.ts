import { type Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { Import } from "@tessera/shared/import/import"
import { Page } from "@tessera/shared/page"
import { Chunk, Context, Effect, Encoding, Layer, Option, Stream } from "effect"
import { ImportRepo } from "./import-repo.ts"
import { RejectionCsv } from "./rejection-csv.ts"
import { ImportStageRepo } from "./run/import-stage-repo.ts"

declare namespace ImportRejections {
  type Query = { readonly after: number; readonly limit?: number | undefined }
  type File = {
    readonly fileName: string
    readonly lines: Stream.Stream<string, never, Tenancy.Current>
  }
  type _Use<A> = Effect.Effect<A, Import.NotFound, Tenancy.Current>
  type Shape = {
    /** In the order of the file, after a row. */
    readonly list: (id: Import.Id, query: Query) => _Use<Import.RejectionPage>
    /** CSV as it is read from the database, page by page. */
    readonly file: (id: Import.Id) => _Use<File>
  }
}

const _filePage = 1000

/** Rows that an import refused, with all that is wrong with each, to look at or to correct and send again. */
class ImportRejections extends Context.Tag("api/import/ImportRejections")<
  ImportRejections,
  ImportRejections.Shape
>() {
  static readonly layer = Layer.effect(
    ImportRejections,
    Effect.gen(function* () {
      const repo = yield* ImportRepo
      const stages = yield* ImportStageRepo
      const database = yield* Database

      const found = (id: Import.Id) =>
        Effect.flatMap(
          repo.byId(id),
          Option.match({
            onNone: () => Effect.fail(Import.NotFound.make({ id })),
            onSome: Effect.succeed
          })
        )

      const list: ImportRejections.Shape["list"] = Effect.fn("ImportRejections.list")(function* (id, query) {
        yield* found(id)
        const limit = query.limit ?? Page.defaultLimit
        const rows = yield* stages.rejections(id, { after: query.after, limit: limit + 1 })
        const last = rows.length > limit ? rows[limit - 1] : undefined
        return {
          items: rows.slice(0, limit),
          nextCursor: last === undefined ? null : Encoding.encodeBase64Url(String(last.row))
        }
      }, database.transaction)

      const page = (id: Import.Id, columns: number) => (after: number) =>
        Effect.map(database.transaction(stages.rejections(id, { after, limit: _filePage })), (rows) => {
          const more = rows.length === _filePage ? rows.at(-1)?.row : undefined
          const text = rows.map((row) => RejectionCsv.line(row, columns)).join("")
          return [Chunk.of(text), Option.fromNullable(more)] as const
        })

      const file: ImportRejections.Shape["file"] = Effect.fn("ImportRejections.file")(function* (id) {
        const { columns, fileName } = yield* database.transaction(found(id))
        const pages = Stream.paginateChunkEffect(0, page(id, columns.length))
        return { fileName, lines: Stream.concat(Stream.make(RejectionCsv.header(columns)), pages) }
      })

      return ImportRejections.of({ list, file })
    })
  )
}

export { ImportRejections }
