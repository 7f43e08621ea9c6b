import { ClusterSchema, Entity } from "@effect/cluster"
import { Rpc } from "@effect/rpc"
import { InfraSql } from "@tessera/infra/storage/infra-sql"
import { Effect, Layer, Schedule, Schema } from "effect"
import { Failpoint } from "./failpoint.ts"

const key = { key: Schema.String }
const Owner = Schema.Struct({ replica: Schema.String, pid: Schema.Number, at: Schema.Number })

/** Answers who owns it; `Keep` leaves a row in `chaos_log` each time that it is handled. */
const Probe = Entity.make("ChaosProbe", [
  Rpc.make("Ask", { payload: {}, success: Owner }).annotate(ClusterSchema.Persisted, false),
  Rpc.make("AskStored", { payload: key, primaryKey: ({ key }) => key, success: Owner }).annotate(
    ClusterSchema.Persisted,
    true
  ),
  Rpc.make("Keep", { payload: key, primaryKey: ({ key }) => key, success: Owner }).annotate(
    ClusterSchema.Persisted,
    true
  )
])

/** Holds each request at the failpoint `clog.handle` and takes 100 at most. */
const Clog = Entity.make("ChaosClog", [
  Rpc.make("Volatile", { payload: {}, success: Owner }).annotate(ClusterSchema.Persisted, false),
  Rpc.make("Stored", { payload: key, primaryKey: ({ key }) => key, success: Owner }).annotate(
    ClusterSchema.Persisted,
    true
  )
])

const handlers = Effect.gen(function* () {
  const sql = yield* InfraSql
  const replica = process.env.REPLICA_ID ?? ""
  const owner = Effect.sync(() => ({ replica, pid: process.pid, at: Date.now() }))
  const log = (kind: string, name: string) =>
    sql`INSERT INTO app.chaos_log (kind, name, owner) VALUES (${kind}, ${name}, ${replica})`.pipe(
      // A persisted request must not be answered with a trouble that passes.
      Effect.retry(Schedule.spaced("250 millis")),
      Effect.orDie
    )
  return { owner, log }
})

const probes = Probe.toLayer(
  Effect.map(handlers, ({ log, owner }) => ({
    Ask: () => owner,
    AskStored: () => owner,
    Keep: ({ payload }: { readonly payload: { readonly key: string } }) =>
      Failpoint.hit("probe.keep").pipe(Effect.zipRight(log("keep", payload.key)), Effect.zipRight(owner))
  })),
  { concurrency: 16, disableFatalDefects: true }
)

const clogs = Clog.toLayer(
  Effect.map(handlers, ({ log, owner }) => ({
    Volatile: () => Effect.zipRight(Failpoint.hit("clog.handle"), owner),
    Stored: ({ payload }: { readonly payload: { readonly key: string } }) =>
      Failpoint.hit("clog.handle").pipe(Effect.zipRight(log("clog", payload.key)), Effect.zipRight(owner))
  })),
  { concurrency: 8, mailboxCapacity: 100, disableFatalDefects: true }
)

/** The probes, and what asks them from any replica. */
const ProbeEntity = {
  layer: Layer.merge(probes, clogs),
  clients: Effect.all({ probe: Probe.client, clog: Clog.client })
}

export { ProbeEntity }
