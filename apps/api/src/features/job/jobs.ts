import { JobService } from "@tessera/infra/jobs/job-service"
import { RowCursor } from "@tessera/infra/storage/row-cursor"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { type Access } from "@tessera/shared/access/access"
import { Job } from "@tessera/shared/job/job"
import { Page } from "@tessera/shared/page"
import { Context, Effect, Layer } from "effect"
import { Policy } from "../../access/policy.ts"
import { JobRepo } from "./job-repo.ts"

declare namespace Jobs {
  type List = {
    /** The key of the row after which the page begins. */
    readonly after: RowCursor.Key
    readonly limit?: number | undefined
    readonly status?: Job.Status | undefined
  }
  type Shape = {
    readonly list: (query: List) => Effect.Effect<Job.Page, never, Tenancy.Current>
    readonly byId: (id: Job.Id) => Effect.Effect<Job.Model, Job.NotFound, Tenancy.Current>
    /** A dead job only, with all its attempts before it again. */
    readonly replay: (
      id: Job.Id
    ) => Effect.Effect<Job.Model, Job.NotFound | Job.NotDead | Access.Denied, Tenancy.Current>
  }
}

/** What people can do with background work: look, and send a dead letter round again. */
class Jobs extends Context.Tag("api/job/Jobs")<Jobs, Jobs.Shape>() {
  static readonly layer = Layer.effect(
    Jobs,
    Effect.gen(function* () {
      const repo = yield* JobRepo
      const jobs = yield* JobService
      const database = yield* Database

      const found = (id: Job.Id) =>
        Effect.flatMap(
          repo.byId(id),
          Effect.mapError(() => Job.NotFound.make({ id }))
        )

      const list: Jobs.Shape["list"] = Effect.fn("Jobs.list")(function* ({ after, limit, status }) {
        const size = limit ?? Page.defaultLimit
        const rows = yield* repo.list({ after, limit: size, status: status ?? null })
        return RowCursor.page(rows, size, ({ listedAt, id }) => ({ createdAt: listedAt, id }))
      }, database.transaction)

      const byId: Jobs.Shape["byId"] = Effect.fn("Jobs.byId")(found, database.transaction)

      const replay: Jobs.Shape["replay"] = Effect.fn("Jobs.replay")(function* (id) {
        yield* Policy.require("operate")
        const { status } = yield* found(id)
        const job = yield* Effect.mapError(Effect.flatten(repo.revive(id)), () =>
          Job.NotDead.make({ status })
        )
        const { tenantId } = yield* Tenancy.Current
        yield* database.afterCommit(jobs.wake(job.queue, tenantId))
        return job
      }, database.transaction)

      return Jobs.of({ list, byId, replay })
    })
  )
}

export { Jobs }
