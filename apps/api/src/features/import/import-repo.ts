import { SqlClient, SqlSchema } from "@effect/sql"
import { type RowCursor } from "@tessera/infra/storage/row-cursor"
import { Tenancy } from "@tessera/infra/tenancy"
import { Import } from "@tessera/shared/import/import"
import { Context, Effect, Layer, type Option, Schema } from "effect"
import { type ColumnMapping } from "./rows/column-mapping.ts"

/** The wire's time is cut to milliseconds, which would skip or repeat rows at the edge of a page. */
class _Listed extends Import.Model.extend<_Listed>("ImportRepo.Listed")({ listedAt: Schema.String }) {}

const _Key = Schema.Struct({ tenantId: Tenancy.Id, id: Import.Id })
const _Slice = Schema.Struct({
  tenantId: Tenancy.Id,
  createdAt: Schema.String,
  id: Schema.String,
  limit: Schema.Number
})
const _Draft = Schema.Struct({
  id: Import.Id,
  kind: Import.Kind,
  fileName: Schema.String,
  fileBytes: Schema.Number,
  fileHash: Schema.String,
  objectKey: Schema.String,
  autocommit: Schema.Boolean
})
const _Remap = Schema.Struct({ ..._Key.fields, mapping: Schema.parseJson(Import.Mapping) })
const _Remembered = Schema.Struct({ tenantId: Tenancy.Id, kind: Import.Kind })

declare namespace ImportRepo {
  type Listed = _Listed
  type Draft = typeof _Draft.Type
  type Slice = { readonly after: RowCursor.Key; readonly limit: number }
  type _Change = Effect.Effect<Option.Option<Import.Model>, never, Tenancy.Current>
  type Shape = {
    /** Newest first, one row more than the limit when there are more. */
    readonly list: (slice: Slice) => Effect.Effect<ReadonlyArray<Listed>, never, Tenancy.Current>
    readonly byId: (id: Import.Id) => _Change
    readonly insert: (draft: Draft) => Effect.Effect<Import.Model, never, Tenancy.Current>
    /** From the start again, with this mapping; none unless `uploaded` or `ready`. */
    readonly remap: (id: Import.Id, mapping: Import.Mapping) => _Change
    /**
     * Counts from nothing what will be done, where the preview said what is expected; none unless `ready`.
     */
    readonly startCommit: (id: Import.Id) => _Change
    /** None when it has ended already. */
    readonly cancel: (id: Import.Id) => _Change
    /** The mapping of the last import of this kind that was committed or mapped by hand. */
    readonly remembered: (
      kind: Import.Kind
    ) => Effect.Effect<Option.Option<ColumnMapping.Remembered>, never, Tenancy.Current>
    readonly remember: (
      kind: Import.Kind,
      remembered: ColumnMapping.Remembered
    ) => Effect.Effect<void, never, Tenancy.Current>
  }
}

/**
 * Rows of `imports` as people see and change them; the job's side is `ImportRunRepo`. In the caller's
 * transaction.
 */
class ImportRepo extends Context.Tag("api/import/ImportRepo")<ImportRepo, ImportRepo.Shape>() {
  static readonly layer = Layer.effect(
    ImportRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { selectSlice, selectOne, selectRemembered } = _reads(sql)
      const { insertOne, updateMapping, updateReady, updateUnended } = _writes(sql)

      const inTenant = <A, E>(query: (tenantId: Tenancy.Id) => Effect.Effect<A, E>) =>
        Effect.flatMap(Tenancy.Current, ({ tenantId }) => Effect.orDie(query(tenantId)))

      return ImportRepo.of({
        list: Effect.fn("ImportRepo.list")(({ after, limit }) =>
          inTenant((tenantId) => selectSlice({ ...after, tenantId, limit: limit + 1 }))
        ),
        byId: Effect.fn("ImportRepo.byId")((id) => inTenant((tenantId) => selectOne({ tenantId, id }))),
        insert: Effect.fn("ImportRepo.insert")((draft) =>
          inTenant((tenantId) => insertOne({ ...draft, tenantId }))
        ),
        remap: Effect.fn("ImportRepo.remap")((id, mapping) =>
          inTenant((tenantId) => updateMapping({ tenantId, id, mapping }))
        ),
        startCommit: Effect.fn("ImportRepo.startCommit")((id) =>
          inTenant((tenantId) => updateReady({ tenantId, id }))
        ),
        cancel: Effect.fn("ImportRepo.cancel")((id) =>
          inTenant((tenantId) => updateUnended({ tenantId, id }))
        ),
        remembered: Effect.fn("ImportRepo.remembered")((kind) =>
          inTenant((tenantId) => selectRemembered({ tenantId, kind }))
        ),
        remember: Effect.fn("ImportRepo.remember")((kind, { columns, mapping }) =>
          inTenant((tenantId) =>
            Effect.asVoid(sql`
              INSERT INTO import_mappings (tenant_id, kind, columns, mapping)
              VALUES (${tenantId}, ${kind}, ${JSON.stringify(columns)}::jsonb,
                ${JSON.stringify(mapping)}::jsonb)
              ON CONFLICT (tenant_id, kind) 
                DO UPDATE SET columns = excluded.columns, mapping = excluded.mapping`)
          )
        )
      })
    })
  )
}

const _model = `id, kind, status, file_name, file_bytes, autocommit, columns, mapping,
        jsonb_build_object('rows', rows, 'created', created, 'updated', updated, 'skipped', skipped,
          'rejected', rejected) AS counts,
        percent, rows_per_second, eta_seconds, error, created_at, finished_at`

const _reads = (sql: SqlClient.SqlClient) => {
  const model = sql.literal(_model)
  const selectSlice = SqlSchema.findAll({
    Request: _Slice,
    Result: _Listed,
    execute: ({ tenantId, createdAt, id, limit }) => sql`
      SELECT ${model}, created_at AS listed_at FROM imports
      WHERE tenant_id = ${tenantId} AND (created_at, id) < (${createdAt}::timestamptz, ${id}::uuid)
      ORDER BY created_at DESC, id DESC LIMIT ${limit}`
  })

  const selectOne = SqlSchema.findOne({
    Request: _Key,
    Result: Import.Model,
    execute: ({ tenantId, id }) =>
      sql`SELECT ${model} FROM imports WHERE tenant_id = ${tenantId} AND id = ${id}`
  })

  const selectRemembered = SqlSchema.findOne({
    Request: _Remembered,
    Result: Schema.Struct({ columns: Schema.Array(Schema.String), mapping: Import.Mapping }),
    execute: ({ tenantId, kind }) =>
      sql`SELECT columns, mapping FROM import_mappings WHERE tenant_id = ${tenantId} AND kind = ${kind}`
  })

  return { selectSlice, selectOne, selectRemembered } as const
}

const _writes = (sql: SqlClient.SqlClient) => {
  const model = sql.literal(_model)
  const insertOne = SqlSchema.single({
    Request: Schema.Struct({ tenantId: Tenancy.Id, ..._Draft.fields }),
    Result: Import.Model,
    execute: (draft) => sql`
      INSERT INTO imports (tenant_id, id, kind, status, file_name, file_bytes, file_hash, object_key,
            autocommit)
      VALUES (${draft.tenantId}, ${draft.id}, ${draft.kind}, 'uploaded', ${draft.fileName},
            ${draft.fileBytes},
        ${draft.fileHash}, ${draft.objectKey}, ${draft.autocommit})
      RETURNING ${model}`
  })

  const updateMapping = SqlSchema.findOne({
    Request: _Remap,
    Result: Import.Model,
    execute: ({ tenantId, id, mapping }) => sql`
      UPDATE imports SET status = 'uploaded', mapping = ${mapping}::jsonb, mapping_chosen = true,
        staged_row = 0, units = 0, rows = 0, created = 0, updated = 0, skipped = 0, rejected = 0,
        percent = 0, rows_per_second = 0, eta_seconds = NULL
      WHERE tenant_id = ${tenantId} AND id = ${id} AND status IN ('uploaded', 'ready') RETURNING ${model}`
  })

  const updateReady = SqlSchema.findOne({
    Request: _Key,
    Result: Import.Model,
    execute: ({ tenantId, id }) => sql`
      UPDATE imports SET status = 'committing', created = 0, updated = 0, percent = 0, rows_per_second = 0,
        eta_seconds = NULL, skipped = CASE kind WHEN 'products' THEN skipped ELSE 0 END
      WHERE tenant_id = ${tenantId} AND id = ${id} AND status = 'ready' RETURNING ${model}`
  })

  const updateUnended = SqlSchema.findOne({
    Request: _Key,
    Result: Import.Model,
    execute: ({ tenantId, id }) => sql`
      UPDATE imports SET status = 'cancelled', finished_at = now(), eta_seconds = NULL
      WHERE tenant_id = ${tenantId} AND id = ${id}
        AND status IN ('uploaded', 'previewing', 'ready', 'committing') RETURNING ${model}`
  })

  return { insertOne, updateMapping, updateReady, updateUnended } as const
}

export { ImportRepo }
