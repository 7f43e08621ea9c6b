import { ClusterSchema, Entity } from "@effect/cluster"
import { Rpc } from "@effect/rpc"
import { SqlClient } from "@effect/sql"
import { Duration, Effect, Context as EffectContext, Schema } from "effect"
import { Context } from "../context/context.ts"
import { LaneTenure } from "./lane-tenure.ts"
import { LaneTurns } from "./lane-turns.ts"
import { LocalHosts } from "./local-hosts.ts"

const _partitions = 64

const _Name = Schema.Struct({ kind: Schema.String, key: Schema.String })

const _entity = Entity.make("LaneHost", [
  Rpc.make("Wake", { payload: { lanes: Schema.Array(_Name) } })
]).annotateRpcs(ClusterSchema.Persisted, false)

declare namespace LaneHost {
  type Name = typeof _Name.Type
}

const _host = Effect.gen(function* () {
  const hosts = yield* LocalHosts
  const partition = Number((yield* Entity.CurrentAddress).entityId)
  // Not in the trace, the name or the transaction of whoever happened to wake the first lane.
  const context = EffectContext.omit(SqlClient.TransactionConnection)(
    yield* Context.Request.ofNobody(Effect.context<never>())
  )
  // Before the lanes, so it closes after them: a lane must not claim again what is being interrupted.
  const tenure = yield* LaneTenure.make(partition)
  const { wake } = yield* LaneTurns.make({ partition, tenure, context })
  yield* hosts.add(partition, { wake, see: tenure.see })

  return _entity.of({
    Wake: ({ payload: { lanes } }) =>
      Effect.forEach(lanes, ({ key, kind }) => Effect.sync(() => wake(kind, key)), { discard: true })
  })
})

/**
 * One entity per partition, never evicted; it owns an epoch and runs the lanes of its partition that have
 * work.
 */
const LaneHost = {
  partitions: _partitions,
  entity: _entity,
  layer: _entity.toLayer(_host, {
    maxIdleTime: Duration.infinity,
    concurrency: "unbounded",
    mailboxCapacity: 10_000,
    disableFatalDefects: true
  })
} as const

export { LaneHost }
