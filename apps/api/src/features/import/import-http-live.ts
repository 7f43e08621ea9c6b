import { HttpApiBuilder, HttpApiError, type HttpServerRequest, HttpServerResponse } from "@effect/platform"
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import { RowCursor } from "@tessera/infra/storage/row-cursor"
import { Tenancy } from "@tessera/infra/tenancy"
import { Api } from "@tessera/shared/api"
import { type Import } from "@tessera/shared/import/import"
import { Effect, Schema, Stream } from "effect"
import { ImportRejections } from "./import-rejections.ts"
import { Imports } from "./imports.ts"

const _decodeCursor = Schema.decode(Schema.UndefinedOr(RowCursor.Cursor))
const _Row = Schema.compose(
  Schema.StringFromBase64Url,
  Schema.NumberFromString.pipe(Schema.int(), Schema.between(0, 2_147_483_647))
)
const _decodeRow = Schema.decode(Schema.UndefinedOr(_Row))
const _refused = HttpApiError.HttpApiDecodeError.refailParseError

/** Maps `ImportHttp` onto `Imports`. */
const ImportHttpLive = HttpApiBuilder.group(Api, "import", (handlers) =>
  Effect.gen(function* () {
    const imports = yield* Imports
    const rejections = yield* ImportRejections

    /** A stream outlives the handler, so it takes the actor along. */
    const file = (id: Import.Id) =>
      Effect.gen(function* () {
        const actor = yield* Tenancy.Current
        const { fileName, lines } = yield* rejections.file(id)
        const body = Stream.provideService(Stream.encodeText(lines), Tenancy.Current, actor)
        return HttpServerResponse.stream(body, {
          contentType: "text/csv; charset=utf-8",
          headers: { "content-disposition": _attachment(fileName), "x-content-type-options": "nosniff" }
        })
      })

    return handlers
      .handle("list", ({ urlParams: { cursor, ...query } }) =>
        _decodeCursor(cursor).pipe(
          Effect.catchTag("ParseError", _refused),
          Effect.flatMap((after) => imports.list({ ...query, after: after ?? RowCursor.top }))
        )
      )
      .handle("upload", ({ payload, request }) =>
        Effect.onError(imports.upload(payload), () => _overhear(request))
      )
      .handle("byId", ({ path }) => imports.byId(path.id))
      .handle("mapping", ({ path, payload }) => imports.remap(path.id, payload.mapping))
      .handle("commit", ({ path }) => imports.commit(path.id))
      .handle("cancel", ({ path }) => imports.cancel(path.id))
      .handle("rejected", ({ path, urlParams: { cursor, ...query } }) =>
        _decodeRow(cursor).pipe(
          Effect.catchTag("ParseError", _refused),
          Effect.flatMap((after) => rejections.list(path.id, { ...query, after: after ?? 0 }))
        )
      )
      .handle("rejectedFile", ({ path }) => file(path.id))
  })
)

/**
 * What is left of a refused upload is read and dropped: unread, it would block the connection for whatever
 * the client sends next.
 */
const _overhear = (request: HttpServerRequest.HttpServerRequest) =>
  Effect.sync(() => {
    const source = NodeHttpServerRequest.toIncomingMessage(request)
    source.unpipe()
    source.resume()
  })

const _attachment = (fileName: string): string => {
  const name = `${fileName.replace(/\.[^.]*$/, "")}-rejected.csv`
  const encoded = encodeURIComponent(name).replaceAll("'", "%27")
  return `attachment; filename="rejected.csv"; filename*=UTF-8''${encoded}`
}

export { ImportHttpLive }
