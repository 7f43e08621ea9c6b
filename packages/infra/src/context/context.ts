import { Entity, type EntityAddress, type RunnerAddress, type ShardId } from "@effect/cluster"
import { Effect, Context as EffectContext, Option, Tracer } from "effect"
import { Actor } from "./actor.ts"
import { ClusterSelf } from "./cluster-self.ts"
import { Leadership } from "./leadership.ts"
import { Trace } from "./trace.ts"

declare namespace Context {
  /** Where a message is handled; absent outside a message handler and in a process without a cluster. */
  type Cluster = {
    readonly shardId: ShardId.ShardId
    readonly entity: EntityAddress.EntityAddress
    /** Name of the replica that handles it. */
    readonly runnerId: Option.Option<string>
    readonly runner: Option.Option<RunnerAddress.RunnerAddress>
  }
  type Request = {
    readonly actor: Option.Option<Actor.Value>
    readonly requestId: Option.Option<string>
    readonly trace: Option.Option<Trace.Value>
    readonly cluster: Option.Option<Context.Cluster>
    /** Present while a singleton or a cron runs. */
    readonly leadership: Option.Option<Leadership.Value>
  }
}

const _cluster: Effect.Effect<Option.Option<Context.Cluster>> = Effect.gen(function* () {
  const address = yield* Effect.serviceOption(Entity.CurrentAddress)
  const runner = yield* Effect.serviceOption(Entity.CurrentRunnerAddress)
  const self = yield* Effect.serviceOption(ClusterSelf)
  const runnerId = Option.map(self, ({ replica }) => replica)
  return Option.map(address, (entity) => ({ shardId: entity.shardId, entity, runnerId, runner }))
})

const _current: Effect.Effect<Context.Request> = Effect.gen(function* () {
  const actor = yield* Effect.serviceOption(Actor)
  return {
    actor,
    requestId: Option.map(actor, ({ requestId }) => requestId),
    trace: yield* Trace.current,
    cluster: yield* _cluster,
    leadership: yield* Effect.serviceOption(Leadership)
  }
})

const _fields = <A>(
  of: Option.Option<A>,
  name: (some: A) => Record<string, string>
): Record<string, string> => Option.match(of, { onNone: () => ({}), onSome: name })

/**
 * What of a request a log line carries, so that one search finds a request on every replica that worked for
 * it.
 */
const _annotations = ({ actor, cluster, leadership, trace }: Context.Request): Record<string, string> => ({
  ..._fields(actor, ({ actorId, requestId, tenantId }) => ({ tenantId, actorId, requestId })),
  ..._fields(trace, ({ traceId }) => ({ traceId })),
  ..._fields(cluster, ({ entity, shardId }) => ({
    entity: `${entity.entityType}/${entity.entityId}`,
    shardId: shardId.toString()
  })),
  // A handler starts with no annotations at all, not even that of the process.
  ..._fields(
    Option.flatMap(cluster, ({ runnerId }) => runnerId),
    (replica) => ({ replica })
  ),
  ..._fields(leadership, ({ fence, name }) => ({ leads: name, fence: String(fence) }))
})

/**
 * The request behind the work at hand, on whatever replica: who asked, in which trace, and, inside a message
 * handler, on which shard of which runner. Everything is an Option, so it can be asked anywhere.
 */
const Context = {
  Request: {
    current: _current,
    /** True inside the handler of a cluster message. */
    withinCluster: Effect.map(_cluster, Option.isSome),
    /** Adds what is known to every log line of the effect. */
    annotateLogs: <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      Effect.flatMap(_current, (request) => Effect.annotateLogs(effect, _annotations(request))),
    /**
     * For work that a request merely woke: it belongs to nobody until it finds out for whom it is, and must
     * run neither as the waker nor in the waker's trace.
     */
    ofNobody: <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
      Effect.mapInputContext(effect, (context: EffectContext.Context<never>) =>
        EffectContext.omit(Actor, Tracer.ParentSpan)(context)
      )
  }
} as const

export { Context }
