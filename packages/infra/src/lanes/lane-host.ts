import { Entity } from "@effect/cluster"
import { SqlClient } from "@effect/sql"
import { Duration, Effect, Context as EffectContext } from "effect"
import { Context } from "../context/context.ts"
import { LaneEntity } from "./lane-entity.ts"
import { LaneTenure } from "./lane-tenure.ts"
import { LaneTurns } from "./lane-turns.ts"
import { LaneWaker } from "./lane-waker.ts"
import { LocalHosts } from "./local-hosts.ts"

const _host = Effect.gen(function* () {
  const hosts = yield* LocalHosts
  const waker = yield* LaneWaker
  const own = Number((yield* Entity.CurrentAddress).entityId)
  // Not in the trace, the name or the transaction of whoever happened to wake the first lane.
  const context = EffectContext.omit(SqlClient.TransactionConnection)(
    yield* Context.Request.ofNobody(Effect.context<never>())
  )
  // Before the lanes, so it closes after them: a lane must not claim again what is being interrupted.
  const tenure = yield* LaneTenure.make(own)
  const { wake } = yield* LaneTurns.make({ partition: own, tenure, context })
  yield* hosts.add(own, { wake, see: tenure.see })

  // Lanes of other partitions come along with one of ours, because their owner was this replica.
  const bring = ({ key, kind, partition = own }: LaneEntity.Lane): Effect.Effect<void> =>
    partition === own ? Effect.sync(() => wake(kind, key)) : waker.wake(partition, { kind, key })

  return LaneEntity.entity.of({
    Wake: ({ payload: { lanes } }) => Effect.forEach(lanes, bring, { discard: true })
  })
})

/**
 * One entity per partition, never evicted; it owns an epoch and runs the lanes of its partition that have
 * work.
 */
const LaneHost = {
  layer: LaneEntity.entity.toLayer(_host, {
    maxIdleTime: Duration.infinity,
    concurrency: "unbounded",
    mailboxCapacity: 10_000,
    disableFatalDefects: true
  })
} as const

export { LaneHost }
