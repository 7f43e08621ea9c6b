import { SqlClient, SqlSchema } from "@effect/sql"
import { type RowCursor } from "@tessera/infra/storage/row-cursor"
import { Tenancy } from "@tessera/infra/tenancy"
import { Job } from "@tessera/shared/job/job"
import { Context, Effect, Layer, type Option, Schema } from "effect"

/** The wire's time is cut to milliseconds, which would skip or repeat rows at the edge of a page. */
class _Listed extends Job.Model.extend<_Listed>("JobRepo.Listed")({ listedAt: Schema.String }) {}

const _Key = Schema.Struct({ tenantId: Tenancy.Id, id: Job.Id })

const _Slice = Schema.Struct({
  tenantId: Tenancy.Id,
  createdAt: Schema.String,
  id: Schema.String,
  limit: Schema.Number,
  status: Schema.NullOr(Job.Status)
})

declare namespace JobRepo {
  type Listed = _Listed
  type Slice = {
    readonly after: RowCursor.Key
    readonly limit: number
    readonly status: Job.Status | null
  }
  type Shape = {
    /** Newest first, one row more than the limit when there are more. */
    readonly list: (slice: Slice) => Effect.Effect<ReadonlyArray<Listed>, never, Tenancy.Current>
    readonly byId: (id: Job.Id) => Effect.Effect<Option.Option<Job.Model>, never, Tenancy.Current>
    /**
     * Queues a dead job as if it were new; none when it is not dead. It gives up its dedupe key to its
     * successors.
     */
    readonly revive: (id: Job.Id) => Effect.Effect<Option.Option<Job.Model>, never, Tenancy.Current>
  }
}

/** Rows of `jobs` as people see them; claims and completions belong to `JobService`. */
class JobRepo extends Context.Tag("api/job/JobRepo")<JobRepo, JobRepo.Shape>() {
  static readonly layer = Layer.effect(
    JobRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const columns = sql.literal(`id, queue, name, status, attempts, max_attempts, last_error,
        next_due AS next_due_at, created_at, finished_at`)

      const selectSlice = SqlSchema.findAll({
        Request: _Slice,
        Result: _Listed,
        execute: ({ tenantId, createdAt, id, limit, status }) => sql`
          SELECT ${columns}, created_at AS listed_at FROM jobs
          WHERE tenant_id = ${tenantId} AND (created_at, id) < (${createdAt}::timestamptz, ${id}::uuid)
            AND (${status}::text IS NULL OR status = ${status}::text)
          ORDER BY created_at DESC, id DESC LIMIT ${limit}`
      })

      const selectOne = SqlSchema.findOne({
        Request: _Key,
        Result: Job.Model,
        execute: ({ tenantId, id }) =>
          sql`SELECT ${columns} FROM jobs WHERE tenant_id = ${tenantId} AND id = ${id}`
      })

      const updateDead = SqlSchema.findOne({
        Request: _Key,
        Result: Job.Model,
        execute: ({ tenantId, id }) => sql`
          UPDATE jobs SET status = 'queued', attempts = 0, next_due = now(), claimed_epoch = NULL,
            finished_at = NULL, dedupe_key = NULL
          WHERE tenant_id = ${tenantId} AND id = ${id} AND status = 'dead' RETURNING ${columns}`
      })

      const list: JobRepo.Shape["list"] = Effect.fn("JobRepo.list")(function* ({ after, limit, status }) {
        const { tenantId } = yield* Tenancy.Current
        return yield* selectSlice({ ...after, tenantId, status, limit: limit + 1 })
      }, Effect.orDie)

      const byId: JobRepo.Shape["byId"] = Effect.fn("JobRepo.byId")(function* (id) {
        const { tenantId } = yield* Tenancy.Current
        return yield* selectOne({ tenantId, id })
      }, Effect.orDie)

      const revive: JobRepo.Shape["revive"] = Effect.fn("JobRepo.revive")(function* (id) {
        const { tenantId } = yield* Tenancy.Current
        return yield* updateDead({ tenantId, id })
      }, Effect.orDie)

      return JobRepo.of({ list, byId, revive })
    })
  )
}

export { JobRepo }
