import { SqlClient, SqlSchema, type Statement } from "@effect/sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { Import } from "@tessera/shared/import/import"
import { Context, Effect, Layer, type Option, Schema } from "effect"
import { type ImportMeter } from "./import-meter.ts"
import { Superseded } from "./superseded.ts"

class _Run extends Schema.Class<_Run>("ImportRunRepo.Run")({
  id: Import.Id,
  kind: Import.Kind,
  status: Import.Status,
  fileName: Schema.String,
  objectKey: Schema.String,
  autocommit: Schema.Boolean,
  columns: Schema.Array(Schema.String),
  mapping: Import.Mapping,
  counts: Import.Counts,
  /** The fence: a statement that finds another number on the row writes nothing. */
  run: Schema.Int,
  /** Data rows of the file that are staged or rejected; reading goes on behind them. */
  stagedRow: Schema.Int,
  /** Orders, or products, that the staged rows make up. */
  units: Schema.Int,
  /** Units that are committed; the commit goes on behind them. */
  committedUnit: Schema.Int
}) {}

const _Claim = Schema.Struct({ tenantId: Tenancy.Id, id: Import.Id })

declare namespace ImportRunRepo {
  type Run = _Run
  type Staged = { readonly upTo: number; readonly rows: number; readonly rejected: number }
  type Forecast = {
    readonly units: number
    readonly created: number
    readonly updated: number
    readonly skipped: number
  }
  type Committed = {
    readonly upTo: number
    readonly created: number
    readonly updated: number
    readonly skipped: number
  }
  type _Write<A = void> = Effect.Effect<A, Superseded, Tenancy.Current>
  type Shape = {
    /** Takes over from whoever worked on it before; none when there is nothing to do. */
    readonly claim: (id: Import.Id) => Effect.Effect<Option.Option<Run>, never, Tenancy.Current>
    /** Locks the row until the transaction ends, so that a cancellation or a newer attempt waits for it. */
    readonly hold: (run: Run) => _Write
    /** Columns, and the mapping unless a person has chosen one: answers what is valid now. */
    readonly describe: (
      run: Run,
      columns: ReadonlyArray<string>,
      mapping: Import.Mapping
    ) => _Write<Import.Mapping>
    readonly staged: (run: Run, staged: Staged) => _Write
    /** Ends the preview: `ready` carries what is expected, `committing` begins to count what is done. */
    readonly previewed: (run: Run, next: "ready" | "committing", forecast: Forecast) => _Write<Run>
    readonly committed: (run: Run, committed: Committed) => _Write
    readonly progressed: (run: Run, reading: ImportMeter.Reading) => _Write
    readonly finish: (run: Run, status: "completed" | "failed", error: string | null) => _Write<Run>
  }
}

const _columns = `id, kind, status, file_name, object_key, autocommit, columns, mapping, run, staged_row,
  units, committed_unit,
  jsonb_build_object('rows', rows, 'created', created, 'updated', updated, 'skipped', skipped,
    'rejected', rejected) AS counts`

/**
 * Rows of `imports` under the attempt that works on them; every write names its attempt and fails without
 * it.
 */
class ImportRunRepo extends Context.Tag("api/import/ImportRunRepo")<ImportRunRepo, ImportRunRepo.Shape>() {
  static readonly layer = Layer.effect(
    ImportRunRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const claimOne = _claimOne(sql)
      const update = _update(sql)

      const previewed: ImportRunRepo.Shape["previewed"] = (
        run,
        next,
        { units, created, updated, skipped }
      ) => {
        const expected = next === "ready" ? { created, updated, skipped } : _begun(run, skipped)
        return update(
          run,
          sql`status = ${next}, units = ${units}, committed_unit = 0, eta_seconds = NULL,
            percent = ${next === "ready" ? 100 : 0}::real, created = ${expected.created},
            updated = ${expected.updated}, skipped = ${expected.skipped}`
        )
      }

      return ImportRunRepo.of({
        claim: Effect.fn("ImportRunRepo.claim")((id) =>
          Effect.flatMap(Tenancy.Current, ({ tenantId }) => Effect.orDie(claimOne({ tenantId, id })))
        ),
        hold: (run) =>
          // A session keeps the plans of its foreign key checks: one made while the catalogue was small scans
          // the table for each of a hundred thousand rows.
          sql`SET LOCAL plan_cache_mode = force_custom_plan`.pipe(
            Effect.orDie,
            Effect.zipRight(update(run, sql`run = run`)),
            Effect.asVoid
          ),
        describe: (run, header, mapping) =>
          update(
            run,
            sql`columns = ${JSON.stringify(header)}::jsonb,
              mapping = CASE WHEN mapping_chosen OR staged_row > 0 THEN mapping
                ELSE ${JSON.stringify(mapping)}::jsonb END`
          ).pipe(Effect.map((row) => row.mapping)),
        staged: (run, { upTo, rows, rejected }) =>
          Effect.asVoid(
            update(
              run,
              sql`staged_row = ${upTo}, rows = rows + ${rows}::int, rejected = rejected + ${rejected}::int`
            )
          ),
        previewed,
        committed: (run, { upTo, created, updated, skipped }) =>
          Effect.asVoid(
            update(
              run,
              sql`committed_unit = ${upTo}, created = created + ${created}::int,
                updated = updated + ${updated}::int, skipped = skipped + ${skipped}::int`
            )
          ),
        progressed: (run, { percent, rowsPerSecond, etaSeconds }) =>
          Effect.asVoid(
            update(
              run,
              sql`percent = ${percent}::real, rows_per_second = ${rowsPerSecond}::real,
                eta_seconds = ${etaSeconds}::real`
            )
          ),
        finish: (run, status, error) =>
          update(
            run,
            sql`status = ${status}, error = ${error}, finished_at = now(), eta_seconds = NULL,
              percent = CASE WHEN ${status}::text = 'completed' THEN 100 ELSE percent END`
          )
      })
    })
  )
}

/**
 * Rows of a product that a later row replaced are known to be skipped; orders are counted as they are met.
 */
const _begun = ({ kind }: _Run, skipped: number) => ({
  created: 0,
  updated: 0,
  skipped: kind === "products" ? skipped : 0
})

const _claimOne = (sql: SqlClient.SqlClient) =>
  SqlSchema.findOne({
    Request: _Claim,
    Result: _Run,
    execute: ({ tenantId, id }) => sql`
      UPDATE imports SET run = run + 1,
        status = CASE status WHEN 'uploaded' THEN 'previewing' ELSE status END
      WHERE tenant_id = ${tenantId} AND id = ${id} AND status IN ('uploaded', 'previewing', 'committing')
      RETURNING ${sql.literal(_columns)}`
  })

/** The caller's `SET`, if the row is still this attempt's; the row as it is then. */
const _update = (sql: SqlClient.SqlClient) => (run: _Run, set: Statement.Fragment) =>
  Effect.gen(function* () {
    const { tenantId } = yield* Tenancy.Current
    const rows = yield* sql`
      UPDATE imports SET ${set}
      WHERE tenant_id = ${tenantId} AND id = ${run.id} AND run = ${run.run} AND status = ${run.status}
      RETURNING ${sql.literal(_columns)}`
    return yield* _decode(rows)
  }).pipe(
    Effect.orDie,
    Effect.flatMap(([row]) => (row === undefined ? new Superseded() : Effect.succeed(row)))
  )

const _decode = Schema.decodeUnknown(Schema.Array(_Run))

export { ImportRunRepo }
