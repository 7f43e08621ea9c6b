import { type Multipart } from "@effect/platform"
import { Identifier } from "@tessera/infra/context/identifier"
import { EventBus } from "@tessera/infra/events/event-bus"
import { JobService } from "@tessera/infra/jobs/job-service"
import { RowCursor } from "@tessera/infra/storage/row-cursor"
import { type Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { type Access } from "@tessera/shared/access/access"
import { Import } from "@tessera/shared/import/import"
import { Page } from "@tessera/shared/page"
import { Context, Effect, Layer, Option, type Stream } from "effect"
import { Policy } from "../../access/policy.ts"
import { ImportRepo } from "./import-repo.ts"
import { ImportUpload } from "./import-upload.ts"
import { ColumnMapping } from "./rows/column-mapping.ts"
import { ImportFact } from "./rows/import-fact.ts"
import { ImportFileJob } from "./run/import-file-job.ts"
import { ImportStageRepo } from "./run/import-stage-repo.ts"

declare namespace Imports {
  type List = { readonly after: RowCursor.Key; readonly limit?: number | undefined }
  type _Parts = Stream.Stream<Multipart.Part, Multipart.MultipartError>
  type _Use<A, E = never> = Effect.Effect<A, E, Tenancy.Current>
  type _Change = _Use<Import.Model, Import.NotFound | Import.WrongState | Access.Denied>
  type Shape = {
    readonly list: (query: List) => _Use<Import.Page>
    readonly byId: (id: Import.Id) => _Use<Import.Model, Import.NotFound>
    readonly upload: (parts: _Parts) => _Use<Import.Model, Import.Unreadable | Access.Denied>
    /**
     * Reads the file again under this mapping; before the commit only. An empty one is a wish for a guess.
     */
    readonly remap: (id: Import.Id, mapping: Import.Mapping) => _Change
    readonly commit: (id: Import.Id) => _Change
    /** What is committed stays; the batch under way is the last. */
    readonly cancel: (id: Import.Id) => _Change
  }
}

/** What can be done with imports. Every handler goes through here; the reading itself is a job. */
class Imports extends Context.Tag("api/import/Imports")<Imports, Imports.Shape>() {
  static readonly layer = Layer.effect(
    Imports,
    Effect.gen(function* () {
      const repo = yield* ImportRepo
      const stages = yield* ImportStageRepo
      const uploads = yield* ImportUpload
      const jobs = yield* JobService
      const bus = yield* EventBus
      const database = yield* Database

      const { found, changed } = _lookups(repo, bus)
      // The edge answers a full queue with 503 and when to come back.
      const enqueue = (id: Import.Id) => Effect.orDie(jobs.submit(ImportFileJob, { importId: id }))

      const list: Imports.Shape["list"] = Effect.fn("Imports.list")(function* ({ after, limit }) {
        const size = limit ?? Page.defaultLimit
        const rows = yield* repo.list({ after, limit: size })
        return RowCursor.page(rows, size, ({ listedAt, id }) => ({ createdAt: listedAt, id }))
      }, database.transaction)

      const byId: Imports.Shape["byId"] = Effect.fn("Imports.byId")(found, database.transaction)

      const upload: Imports.Shape["upload"] = Effect.fn("Imports.upload")(function* (parts) {
        yield* Policy.require("operate")
        const id = Import.Id.make(yield* Identifier.uuid)
        const received = yield* uploads.receive(id, parts)
        return yield* database
          .transaction(
            Effect.gen(function* () {
              const model = yield* repo.insert({ ...received, id })
              yield* enqueue(id)
              yield* bus.emit(ImportFact.progressed(model, 0))
              return model
            })
          )
          .pipe(Effect.onError(() => uploads.discard(received.objectKey)))
      })

      const remap: Imports.Shape["remap"] = Effect.fn("Imports.remap")(function* (id, wish) {
        yield* Policy.require("operate")
        const { kind, columns } = yield* found(id)
        const known = Option.liftPredicate(columns, ({ length }) => length > 0)
        const mapping = ColumnMapping.restrict(kind, wish, known)
        const model = yield* changed(id, yield* repo.remap(id, mapping))
        yield* stages.clear(id)
        yield* stages.clearRejections(id)
        yield* repo.remember(kind, { columns, mapping }).pipe(Effect.unless(() => columns.length === 0))
        yield* enqueue(id)
        return model
      }, database.transaction)

      const commit: Imports.Shape["commit"] = Effect.fn("Imports.commit")(function* (id) {
        yield* Policy.require("operate")
        const model = yield* changed(id, yield* repo.startCommit(id))
        yield* enqueue(id)
        return model
      }, database.transaction)

      const cancel: Imports.Shape["cancel"] = Effect.fn("Imports.cancel")(function* (id) {
        yield* Policy.require("operate")
        const model = yield* changed(id, yield* repo.cancel(id))
        yield* stages.clear(id)
        return model
      }, database.transaction)

      return Imports.of({ list, byId, upload, remap, commit, cancel })
    })
  )
}

const _lookups = (repo: ImportRepo.Shape, bus: EventBus.Shape) => {
  const found = (id: Import.Id) =>
    Effect.flatMap(repo.byId(id), Option.match({ onNone: () => _notFound(id), onSome: Effect.succeed }))

  /** A change that the row's state did not allow tells what that state is. */
  const changed = (id: Import.Id, change: Option.Option<Import.Model>) =>
    Option.match(change, {
      onNone: () =>
        Effect.flatMap(found(id), ({ status }) => Effect.fail(Import.WrongState.make({ status }))),
      onSome: (model) => Effect.as(bus.emit(ImportFact.progressed(model, model.percent)), model)
    })

  return { found, changed } as const
}

const _notFound = (id: Import.Id) => Effect.fail(Import.NotFound.make({ id }))

export { Imports }
