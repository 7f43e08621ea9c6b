import { type Multipart } from "@effect/platform"
import { ObjectStore } from "@tessera/infra/storage/object-store"
import { Tenancy } from "@tessera/infra/tenancy"
import { Import } from "@tessera/shared/import/import"
import { Context, Effect, Layer, Match, Schema, Stream } from "effect"

const _Form = Schema.Struct({
  kind: Import.Kind,
  autocommit: Schema.optional(Schema.Literal("true", "false")),
  file: Schema.Struct({ name: Schema.String, bytes: Schema.Number, sha256: Schema.String })
})

declare namespace ImportUpload {
  type Received = {
    readonly kind: Import.Kind
    readonly autocommit: boolean
    readonly fileName: string
    readonly fileBytes: number
    readonly fileHash: string
    readonly objectKey: string
  }
  type Shape = {
    /** Streams the file on to the object store; what is refused leaves nothing behind there. */
    readonly receive: (
      id: Import.Id,
      parts: Stream.Stream<Multipart.Part, Multipart.MultipartError>
    ) => Effect.Effect<Received, Import.Unreadable, Tenancy.Current>
    readonly discard: (objectKey: string) => Effect.Effect<void>
  }
}

/** A sender that says nothing for this long is gone. */
const _idle = "30 seconds"
/**
 * First bytes of what is certainly no table: old or encrypted workbooks, PDF, PNG, JPEG, GIF, gzip, rar,
 * 7z.
 */
const _foreign = ["d0cf11e0", "25504446", "89504e47", "ffd8ff", "47494638", "1f8b", "52617221", "377abcaf"]
const _wide = ["fffe", "feff"]

/** Takes the parts of an upload as they arrive; a file is never held in memory. */
class ImportUpload extends Context.Tag("api/import/ImportUpload")<ImportUpload, ImportUpload.Shape>() {
  static readonly layer = Layer.effect(
    ImportUpload,
    Effect.map(ObjectStore, (store) => {
      const keep = (objectKey: string, file: Multipart.File) =>
        store
          .put(
            objectKey,
            file.content.pipe(
              Stream.timeoutFail(() => _refused("The upload stopped"), _idle),
              Stream.mapAccumEffect(true, (isFirst, bytes) =>
                Effect.as(
                  Effect.unless(_refused("This is not a spreadsheet"), () => !isFirst || _isTable(bytes)),
                  [false, bytes] as const
                )
              )
            )
          )
          .pipe(
            Effect.catchTags({
              MultipartError: () => _refused("The upload broke off"),
              "ObjectStore.TooLarge": ({ maxBytes }) => _refused(`A file may have ${maxBytes} bytes`)
            }),
            Effect.filterOrFail(
              ({ bytes }) => bytes > 0,
              () => _refused("The file is empty")
            ),
            Effect.map((stored) => ({ ...stored, name: _fileName(file.name) }))
          )

      const receive: ImportUpload.Shape["receive"] = Effect.fn("ImportUpload.receive")(function* (id, parts) {
        const { tenantId } = yield* Tenancy.Current
        const objectKey = `${tenantId}/imports/${id}`
        const form = yield* parts.pipe(
          // A body that ends before its last part does not end the platform's stream of parts.
          Stream.timeoutFail(() => _refused("The upload stopped"), _idle),
          Stream.mapEffect((part) =>
            Match.value(part).pipe(
              Match.tagsExhaustive({
                Field: ({ key, value }) => Effect.succeed({ [key]: value }),
                File: (file) => Effect.map(keep(objectKey, file), (kept) => ({ [file.key]: kept }))
              })
            )
          ),
          Stream.runFold<Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>>(
            {},
            (before, part) => ({ ...before, ...part })
          ),
          Effect.catchTag("MultipartError", ({ reason }) => _refused(`The upload cannot be read: ${reason}`)),
          Effect.flatMap((fields) =>
            Effect.mapError(Schema.decodeUnknown(_Form)(fields), () =>
              _refused("Send `kind` (products or orders), `autocommit` (true) if wanted, and one `file`")
            )
          ),
          Effect.onError(() => store.remove(objectKey))
        )
        return {
          kind: form.kind,
          autocommit: form.autocommit === "true",
          fileName: form.file.name,
          fileBytes: form.file.bytes,
          fileHash: form.file.sha256,
          objectKey
        }
      })

      return ImportUpload.of({ receive, discard: store.remove })
    })
  )
}

const _refused = (detail: string) => Import.Unreadable.make({ detail })

/** Text has no NUL, save in UTF-16 with its mark; every workbook begins like a zip archive. */
const _isTable = (bytes: Uint8Array): boolean => {
  const magic = Buffer.from(bytes.subarray(0, 4)).toString("hex")
  const isWide = _wide.some((mark) => magic.startsWith(mark))
  return magic === "504b0304" || isWide
    ? true
    : !_foreign.some((mark) => magic.startsWith(mark)) && !bytes.subarray(0, 1024).includes(0)
}

/** The last part of what may be a path, without control characters. */
const _fileName = (name: string): string => {
  const last = name.split(/[\\/]/).at(-1) ?? ""
  const clean = last
    .replace(/[\p{Cc}\p{Surrogate}]/gu, "")
    .trim()
    .slice(0, 200)
    .replace(/\p{Surrogate}/gu, "")
  return clean === "" ? "upload" : clean
}

export { ImportUpload }
