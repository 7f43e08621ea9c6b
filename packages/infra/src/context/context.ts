import { Entity } from "@effect/cluster"
import { Effect, Option } from "effect"
import { Actor } from "./actor.ts"

declare namespace Context {
  /** Where a message is handled; absent outside a message handler and in a process without a cluster. */
  type Cluster = {
    readonly shardId: string
    readonly entityType: string
    readonly entityId: string
    /** `host:port` of the runner that handles it. */
    readonly runner: Option.Option<string>
  }
  type Request = {
    readonly actor: Option.Option<Actor.Value>
    readonly traceId: Option.Option<string>
    readonly cluster: Option.Option<Context.Cluster>
  }
}

const _cluster = Effect.gen(function* () {
  const address = yield* Effect.serviceOption(Entity.CurrentAddress)
  const runner = yield* Effect.serviceOption(Entity.CurrentRunnerAddress)
  return Option.map(address, ({ entityId, entityType, shardId }) => ({
    shardId: shardId.toString(),
    entityType,
    entityId,
    runner: Option.map(runner, ({ host, port }) => `${host}:${port}`)
  }))
})

const _current: Effect.Effect<Context.Request> = Effect.gen(function* () {
  const actor = yield* Effect.serviceOption(Actor)
  const span = yield* Effect.option(Effect.currentSpan)
  const cluster = yield* _cluster
  return { actor, cluster, traceId: Option.map(span, ({ traceId }) => traceId) }
})

/**
 * What of a request a log line carries, so that one search finds a request on every replica that worked for
 * it.
 */
const _annotations = ({ actor, cluster, traceId }: Context.Request): Record<string, string> => ({
  ...Option.match(actor, {
    onNone: () => ({}),
    onSome: ({ tenantId, actorId, requestId }) => ({ tenantId, actorId, requestId })
  }),
  ...Option.match(traceId, { onNone: () => ({}), onSome: (id) => ({ traceId: id }) }),
  ...Option.match(cluster, {
    onNone: () => ({}),
    onSome: ({ entityId, entityType, shardId }) => ({ entity: `${entityType}/${entityId}`, shardId })
  })
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
      Effect.flatMap(_current, (request) => Effect.annotateLogs(effect, _annotations(request)))
  }
} as const

export { Context }
