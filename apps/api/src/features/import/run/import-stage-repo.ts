import { SqlClient, SqlSchema } from "@effect/sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { Import } from "@tessera/shared/import/import"
import { Context, Effect, Layer, Schema } from "effect"
import { StagedLine } from "../rows/staged-line.ts"

const _unit = <Line extends Schema.Schema.AnyNoContext>(line: Line) =>
  Schema.Struct({ place: Schema.Int, key: Schema.String, lines: Schema.Array(line) })
const _ProductUnit = _unit(StagedLine.Product)
const _OrderUnit = _unit(StagedLine.Order)

const _Slice = Schema.Struct({
  tenantId: Tenancy.Id,
  id: Import.Id,
  after: Schema.Int,
  limit: Schema.Int
})

declare namespace ImportStageRepo {
  type Line = StagedLine.Draft & { readonly row: number }
  type Rejection = Pick<Import.Rejection, "row" | "reason" | "cells">
  type Unit<Line> = { readonly place: number; readonly key: string; readonly lines: ReadonlyArray<Line> }
  type Slice = { readonly after: number; readonly limit: number }
  type _Read<A> = (id: Import.Id, slice: Slice) => Effect.Effect<ReadonlyArray<A>, never, Tenancy.Current>
  type Shape = {
    /**
     * Rows of a file, sorted into those that will be committed and those that are refused. A repetition is
     * ignored.
     */
    readonly stage: (
      id: Import.Id,
      lines: ReadonlyArray<Line>,
      rejections: ReadonlyArray<Rejection>
    ) => Effect.Effect<void, never, Tenancy.Current>
    /** Turns the staged lines into units, one a key, in the order of the keys. */
    readonly gather: (
      id: Import.Id
    ) => Effect.Effect<{ readonly units: number; readonly lines: number }, never, Tenancy.Current>
    /** How many of the units name something that exists already. */
    readonly known: (id: Import.Id, kind: Import.Kind) => Effect.Effect<number, never, Tenancy.Current>
    readonly productUnits: _Read<Unit<StagedLine.Product>>
    readonly orderUnits: _Read<Unit<StagedLine.Order>>
    readonly rejections: _Read<Import.Rejection>
    /** Lines and units; what is committed does not need them. */
    readonly clear: (id: Import.Id) => Effect.Effect<void, never, Tenancy.Current>
    readonly clearRejections: (id: Import.Id) => Effect.Effect<void, never, Tenancy.Current>
  }
}

/** What an import has read and not yet committed, and what it refused; in the caller's transaction. */
class ImportStageRepo extends Context.Tag("api/import/ImportStageRepo")<
  ImportStageRepo,
  ImportStageRepo.Shape
>() {
  static readonly layer = Layer.effect(
    ImportStageRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const inTenant = <A, E>(query: (tenantId: Tenancy.Id) => Effect.Effect<A, E>) =>
        Effect.flatMap(Tenancy.Current, ({ tenantId }) => Effect.orDie(query(tenantId)))

      const gatherAll = _gatherAll(sql)
      const existing = _existing(sql)
      const { productUnits, orderUnits, rejections } = _reads(sql)

      const stage: ImportStageRepo.Shape["stage"] = Effect.fn("ImportStageRepo.stage")((id, lines, refused) =>
        inTenant((tenantId) =>
          Effect.all([
            Effect.unless(_insertLines(sql, tenantId, id, lines), () => lines.length === 0),
            Effect.unless(_insertRejections(sql, tenantId, id, refused), () => refused.length === 0)
          ])
        ).pipe(Effect.asVoid)
      )

      const remove = (table: string) => (id: Import.Id) =>
        inTenant((tenantId) =>
          Effect.asVoid(sql`DELETE FROM ${sql(table)} WHERE tenant_id = ${tenantId} AND import_id = ${id}`)
        )

      return ImportStageRepo.of({
        stage,
        gather: Effect.fn("ImportStageRepo.gather")((id) =>
          inTenant((tenantId) => gatherAll({ tenantId, id }))
        ),
        known: Effect.fn("ImportStageRepo.known")((id, kind) =>
          inTenant((tenantId) => Effect.map(existing[kind](tenantId, id), ([row]) => row?.known ?? 0))
        ),
        productUnits: (id, slice) => inTenant((tenantId) => productUnits({ ...slice, tenantId, id })),
        orderUnits: (id, slice) => inTenant((tenantId) => orderUnits({ ...slice, tenantId, id })),
        rejections: (id, slice) => inTenant((tenantId) => rejections({ ...slice, tenantId, id })),
        clear: (id) => Effect.zipRight(remove("import_lines")(id), remove("import_units")(id)),
        clearRejections: remove("import_rejections")
      })
    })
  )
}

const _insertLines = (
  sql: SqlClient.SqlClient,
  tenantId: Tenancy.Id,
  id: Import.Id,
  lines: ReadonlyArray<ImportStageRepo.Line>
) => sql`
  INSERT INTO import_lines (tenant_id, import_id, row, key, line)
  SELECT ${tenantId}::uuid, ${id}::uuid, row, key, line
  FROM jsonb_to_recordset(${JSON.stringify(lines)}::jsonb) AS l(row int, key text, line jsonb)
  ON CONFLICT DO NOTHING`

const _insertRejections = (
  sql: SqlClient.SqlClient,
  tenantId: Tenancy.Id,
  id: Import.Id,
  rejections: ReadonlyArray<ImportStageRepo.Rejection>
) => sql`
  INSERT INTO import_rejections (tenant_id, import_id, row, reason, cells)
  SELECT ${tenantId}::uuid, ${id}::uuid, row, reason, cells
  FROM jsonb_to_recordset(${JSON.stringify(rejections)}::jsonb) AS r(row int, reason text, cells jsonb)
  ON CONFLICT DO NOTHING`

const _gatherAll = (sql: SqlClient.SqlClient) =>
  SqlSchema.single({
    Request: Schema.Struct({ tenantId: Tenancy.Id, id: Import.Id }),
    Result: Schema.Struct({ units: Schema.Int, lines: Schema.Int }),
    execute: ({ tenantId, id }) => sql`
      WITH gathered AS (
        SELECT key, jsonb_agg(line ORDER BY row) AS lines FROM import_lines
        WHERE tenant_id = ${tenantId} AND import_id = ${id} GROUP BY key
      ), written AS (
        INSERT INTO import_units (tenant_id, import_id, place, key, lines)
        SELECT ${tenantId}, ${id}, row_number() OVER (ORDER BY key), key, lines FROM gathered
        RETURNING jsonb_array_length(lines) AS lines
      ), spent AS (
        DELETE FROM import_lines WHERE tenant_id = ${tenantId} AND import_id = ${id}
      )
      SELECT count(*) AS units, coalesce(sum(lines), 0)::bigint AS lines FROM written`
  })

/** Reads other features' tables, for a forecast only: what is written goes through the ports. */
const _existing = (sql: SqlClient.SqlClient) => ({
  products: (tenantId: Tenancy.Id, id: Import.Id) => sql<{ readonly known: number }>`
      SELECT count(*) AS known FROM import_units u
      JOIN products p ON p.tenant_id = u.tenant_id AND p.sku = u.key
      WHERE u.tenant_id = ${tenantId} AND u.import_id = ${id}`,
  orders: (tenantId: Tenancy.Id, id: Import.Id) => sql<{ readonly known: number }>`
      SELECT count(*) AS known FROM import_units u
      JOIN orders o ON o.tenant_id = u.tenant_id AND o.number = u.key
      WHERE u.tenant_id = ${tenantId} AND u.import_id = ${id}`
})

const _reads = (sql: SqlClient.SqlClient) => {
  const unitsOf = ({ tenantId, id, after, limit }: typeof _Slice.Encoded) => sql`
    SELECT place, key, lines FROM import_units
    WHERE tenant_id = ${tenantId} AND import_id = ${id} AND place > ${after} AND place <= ${after + limit}
    ORDER BY place`
  const productUnits = SqlSchema.findAll({ Request: _Slice, Result: _ProductUnit, execute: unitsOf })
  const orderUnits = SqlSchema.findAll({ Request: _Slice, Result: _OrderUnit, execute: unitsOf })
  const rejections = SqlSchema.findAll({
    Request: _Slice,
    Result: Import.Rejection,
    execute: ({ tenantId, id, after, limit }) => sql`
      SELECT row, reason, cells FROM import_rejections
      WHERE tenant_id = ${tenantId} AND import_id = ${id} AND row > ${after} ORDER BY row LIMIT ${limit}`
  })

  return { productUnits, orderUnits, rejections } as const
}

export { ImportStageRepo }
