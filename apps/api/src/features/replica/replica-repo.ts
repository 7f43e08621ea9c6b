import { SqlSchema } from "@effect/sql"
import { InfraSql } from "@tessera/infra/storage/infra-sql"
import { Replica } from "@tessera/shared/replica/replica"
import { Context, Effect, Layer, Schema } from "effect"

const _Beat = Schema.Struct({
  id: Schema.String,
  /** `host:port` of its runner. */
  address: Schema.String,
  /** Of the operating system: a pid means something only there. */
  host: Schema.String,
  pid: Schema.Int,
  version: Schema.String,
  phase: Replica.Phase,
  shards: Schema.Int,
  shardIds: Schema.Array(Schema.Int),
  entities: Schema.Int,
  jobsRunning: Schema.Int,
  rssBytes: Schema.Int,
  heapBytes: Schema.Int,
  lagP50Millis: Schema.Number,
  lagP99Millis: Schema.Number,
  memoryTrend: Schema.Array(Schema.Int),
  lagTrend: Schema.Array(Schema.Number),
  startedAt: Schema.String
})
const _Row = Schema.Struct({
  ..._Beat.fields,
  startedAt: Schema.DateTimeUtc,
  seenAt: Schema.DateTimeUtc,
  /** When the row was read, by the clock that wrote `seenAt`. */
  readAt: Schema.DateTimeUtc,
  fresh: Schema.Boolean
})

declare namespace ReplicaRepo {
  type Beat = typeof _Beat.Type
  type Row = typeof _Row.Type
  type Shape = {
    readonly beat: (beat: ReplicaRepo.Beat) => Effect.Effect<void>
    /** By id; `fresh` was seen within 5 s, and what was not seen for an hour is left out. */
    readonly all: Effect.Effect<ReadonlyArray<ReplicaRepo.Row>>
    readonly leave: (id: string) => Effect.Effect<void>
  }
}

/** Rows of `replicas`: the fleet as it reports itself. It belongs to no tenant, so it is the infra role's. */
class ReplicaRepo extends Context.Tag("api/replica/ReplicaRepo")<ReplicaRepo, ReplicaRepo.Shape>() {
  static readonly layer = Layer.effect(
    ReplicaRepo,
    Effect.gen(function* () {
      const sql = yield* InfraSql

      const upsert = SqlSchema.void({
        Request: _Beat,
        execute: (beat) => sql`
          INSERT INTO replicas ${sql.insert(beat)}
          ON CONFLICT (id) DO UPDATE SET address = excluded.address, host = excluded.host, pid = excluded.pid,
            version = excluded.version, phase = excluded.phase, shards = excluded.shards,
            shard_ids = excluded.shard_ids, entities = excluded.entities,
            jobs_running = excluded.jobs_running, rss_bytes = excluded.rss_bytes,
            heap_bytes = excluded.heap_bytes, lag_p50_millis = excluded.lag_p50_millis,
            lag_p99_millis = excluded.lag_p99_millis, memory_trend = excluded.memory_trend,
            lag_trend = excluded.lag_trend, started_at = excluded.started_at, seen_at = clock_timestamp()`
      })

      const select = SqlSchema.findAll({
        Request: Schema.Void,
        Result: _Row,
        execute: () => sql`
          SELECT id, address, host, pid, version, phase, shards, shard_ids, entities, jobs_running, rss_bytes,
            heap_bytes, lag_p50_millis, lag_p99_millis, memory_trend, lag_trend, started_at, seen_at,
            clock_timestamp() AS read_at, seen_at > clock_timestamp() - interval '5 seconds' AS fresh
          FROM replicas WHERE seen_at > clock_timestamp() - interval '1 hour' ORDER BY id`
      })

      return ReplicaRepo.of({
        beat: Effect.fn("ReplicaRepo.beat")((beat) => Effect.orDie(upsert(beat))),
        all: select().pipe(Effect.orDie, Effect.withSpan("ReplicaRepo.all")),
        leave: Effect.fn("ReplicaRepo.leave")((id) =>
          Effect.asVoid(Effect.orDie(sql`DELETE FROM replicas WHERE id = ${id}`))
        )
      })
    })
  )
}

export { ReplicaRepo }
