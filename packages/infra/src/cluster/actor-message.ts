import { Entity, EntityAddress } from "@effect/cluster"
import { Headers } from "@effect/platform"
import { type Rpc, RpcMiddleware } from "@effect/rpc"
import { Context, Effect, Layer, Option, Schema } from "effect"
import { Actor } from "../context/actor.ts"
import { Leadership } from "../context/leadership.ts"
import { ClusterError } from "./cluster-error.ts"

const _header = "x-actor"
const _Text = Schema.parseJson(Actor.Value)

class _Middleware extends RpcMiddleware.Tag<_Middleware>()("infra/cluster/ActorMessage", {
  wrap: true,
  provides: Actor,
  failure: ClusterError,
  requiredForClient: true
}) {}

/** Set or taken away, never left as it was: a header of the same name from elsewhere is nobody's word. */
const _sending = RpcMiddleware.layerClient(_Middleware, ({ request }) =>
  Effect.map(Effect.serviceOption(Actor), (actor) => ({
    ...request,
    headers: Option.match(actor, {
      onNone: () => Headers.remove(request.headers, _header),
      onSome: (value) => Headers.set(request.headers, _header, Schema.encodeSync(_Text)(value))
    })
  }))
)

const _Addressed = Schema.Struct({ address: Schema.typeSchema(EntityAddress.EntityAddress) })
const _Received = Schema.Struct({ payload: _Addressed, headers: Schema.Struct({ [_header]: _Text }) })

const _receiving = Layer.succeed(_Middleware, ({ headers, next, payload }) =>
  Option.match(Schema.decodeUnknownOption(_Received)({ headers, payload }), {
    onNone: () => Effect.fail(ClusterError.of("Malformed")),
    onSome: (received) =>
      next.pipe(
        Effect.provideService(Actor, received.headers[_header]),
        // A message that stays on this runner is handled in the sender's context: its address, its lead.
        Effect.provideService(Entity.CurrentAddress, received.payload.address),
        Effect.mapInputContext((context: Context.Context<never>) => Context.omit(Leadership)(context))
      )
  })
)

/**
 * Makes each message of an entity carry the sender's actor (tenant, user, request id), stored with persisted
 * messages; the handler finds it as `Actor`, whatever replica it runs on. The trace needs none of this: the
 * cluster carries it with every message. Without an actor at the sender the call fails as `Malformed`, and no
 * handler runs.
 */
const ActorMessage = {
  /** Around `Entity.make`, after its annotations: whoever uses the entity need do nothing. */
  entity: <const Type extends string, Rpcs extends Rpc.Any>(
    entity: Entity.Entity<Type, Rpcs>
  ): Entity.Entity<Type, Rpc.AddMiddleware<Rpcs, typeof _Middleware>> =>
    Entity.fromRpcGroup<Type, Rpc.AddMiddleware<Rpcs, typeof _Middleware>>(
      entity.type,
      entity.protocol.middleware<typeof _Middleware>(_Middleware)
    ),
  /** Both ends; belongs below the cluster, since its clients look for it where they are made. */
  layer: Layer.merge(_receiving, _sending)
} as const

declare namespace ActorMessage {
  type Middleware = _Middleware
}

export { ActorMessage }
