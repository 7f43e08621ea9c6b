import { Duration, Effect, Schedule, Schema } from "effect"
import { Identifier } from "../context/identifier.ts"
import { JobDefinition } from "../jobs/job-definition.ts"
import { InfraSql } from "../storage/infra-sql.ts"
import { Tenancy } from "../tenancy/tenancy.ts"

const _definition = (name: string, more: { readonly backlog?: number; readonly concurrency?: number } = {}) =>
  JobDefinition.make({
    ...{ name, queue: name, payload: Schema.Struct({ n: Schema.Number }), maxAttempts: 3 },
    ...{ concurrency: 16, timeout: Duration.seconds(60) },
    ...more
  })

const _asTenant = Effect.provideServiceEffect(
  Tenancy.Current,
  Effect.map(Identifier.uuid, (id) => Tenancy.system(Tenancy.Id.make(id), "test"))
)

const _left = (name: string) =>
  Effect.flatMap(
    InfraSql,
    (sql) =>
      sql<{ readonly left: number; readonly done: number }>`
        SELECT count(*) FILTER (WHERE status <> 'succeeded')::int AS left,
          count(*) FILTER (WHERE status = 'succeeded')::int AS done FROM jobs WHERE name = ${name}`
  ).pipe(Effect.map(([row]) => row ?? { left: 0, done: 0 }))

const _drained = (name: string, patience: Duration.DurationInput) =>
  _left(name).pipe(
    Effect.repeat({ until: (rows) => rows.left === 0, schedule: Schedule.spaced("250 millis") }),
    Effect.timeout(patience)
  )

/** Jobs of a number each, under a tenant made for the purpose, and how many of them are still to be done. */
const TestJobs = { definition: _definition, asTenant: _asTenant, left: _left, drained: _drained } as const

export { TestJobs }
