import { Entity, type EntityAddress, type RunnerAddress, type ShardId } from "@effect/cluster"
import {
  Effect,
  Context as EffectContext,
  FiberRef,
  FiberRefs,
  HashMap,
  HashSet,
  Layer,
  Logger,
  Option,
  Tracer
} from "effect"
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

const _clusterOf = (context: EffectContext.Context<never>): Option.Option<Context.Cluster> =>
  Option.map(EffectContext.getOption(context, Entity.CurrentAddress), (entity) => ({
    shardId: entity.shardId,
    entity,
    runnerId: Option.map(EffectContext.getOption(context, ClusterSelf), ({ replica }) => replica),
    runner: EffectContext.getOption(context, Entity.CurrentRunnerAddress)
  }))

const _of = (context: EffectContext.Context<never>): Context.Request => {
  const actor = EffectContext.getOption(context, Actor)
  return {
    actor,
    requestId: Option.map(actor, ({ requestId }) => requestId),
    trace: Trace.of(context),
    cluster: _clusterOf(context),
    leadership: EffectContext.getOption(context, Leadership)
  }
}

const _current: Effect.Effect<Context.Request> = Effect.map(Effect.context<never>(), _of)

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

/** The annotations that the code gave itself win. */
const _logged = Logger.mapInputOptions((line: Logger.Logger.Options<unknown>) => {
  const request = _of(FiberRefs.getOrDefault(line.context, FiberRef.currentContext))
  return {
    ...line,
    annotations: HashMap.union(HashMap.fromIterable(Object.entries(_annotations(request))), line.annotations)
  }
})

/**
 * The request behind the work at hand, on whatever replica: who asked, in which trace, and, inside a message
 * handler, on which shard of which runner. Everything is an Option, so it can be asked anywhere.
 */
const Context = {
  Request: {
    current: _current,
    /** True inside the handler of a cluster message. */
    withinCluster: Effect.map(Effect.context<never>(), (context) => Option.isSome(_clusterOf(context))),
    /**
     * Every log line says what is known of the request that it belongs to. It is looked up when a line is
     * written, so work that logs nothing pays nothing. Belongs above whatever replaces the loggers.
     */
    logs: Layer.fiberRefLocallyScopedWith(FiberRef.currentLoggers, HashSet.map(_logged)),
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
