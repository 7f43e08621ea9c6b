import {
  ClusterSchema,
  type Message,
  Reply,
  type RunnerAddress,
  RunnerServer,
  Runners,
  Snowflake,
  ClusterError as Stock
} from "@effect/cluster"
import { type Rpc, RpcSchema, RpcServer } from "@effect/rpc"
import { Context, Effect, FiberSet, Layer, Option, Predicate, RcMap, Schema, Stream } from "effect"
import { MessageNotices } from "./message-notices.ts"
import { ReplyHandlers } from "./reply-handlers.ts"
import { ReplyLine } from "./reply-line.ts"
import { type ReplyRpcs } from "./reply-rpcs.ts"
import { RunnerClients } from "./runner-clients.ts"

const _isWhole = (rpc: Rpc.Any): rpc is Rpc.Any & Rpc.AnyWithProps =>
  Predicate.hasProperty(rpc, "annotations")

/** Chunks of a stream wait for acknowledgements, which the stock call carries. */
const _hasOneReply = (rpc: Rpc.Any): boolean =>
  _isWhole(rpc) &&
  Context.get(rpc.annotations, ClusterSchema.Persisted) &&
  !RpcSchema.isStreamSchema(rpc.successSchema)

const _asked = <R extends Rpc.Any>({ envelope }: Message.OutgoingRequest<R>): ReplyRpcs.Asked => ({
  id: String(envelope.requestId),
  shard: envelope.address.shardId.toString(),
  entityType: envelope.address.entityType,
  entityId: envelope.address.entityId
})

const _respond =
  <R extends Rpc.Any>(message: Message.OutgoingRequest<R>) =>
  (reply: NonNullable<ReplyRpcs.Answer["reply"]>): Effect.Effect<void> =>
    Schema.decodeUnknown(Reply.Reply(message.rpc))(reply).pipe(
      Effect.provide(message.context),
      Effect.orDie,
      Effect.flatMap(message.respond)
    )

/** A line to each runner, through which its replies come. */
const _lines = (clients: RunnerClients.Shape) =>
  Effect.map(FiberSet.makeRuntime<never>(), (fork) => {
    const lines = new Map<string, ReplyLine.Ask>()
    const call =
      (address: RunnerAddress.RunnerAddress): ReplyLine.Call =>
      (requests) =>
        Stream.unwrapScoped(Effect.map(RcMap.get(clients, address), (client) => client.Replies({ requests })))
    return (address: RunnerAddress.RunnerAddress): ReplyLine.Ask => {
      const known = lines.get(RunnerClients.key(address)) ?? ReplyLine.make(call(address), fork)
      lines.set(RunnerClients.key(address), known)
      return known
    }
  })

/**
 * Runners that announce many messages at once and wait for many replies in one call, where the stock runner
 * makes a call of its own, with the whole message in it, for each message that it has stored. What a call
 * does not answer is looked for in the database, as by the stock runner.
 */
const BatchedRunners = {
  layer: Layer.scoped(
    Runners.Runners,
    Effect.gen(function* () {
      const stock = yield* Runners.makeRpc
      const clients = yield* RunnerClients.make
      const lineTo = yield* _lines(clients)
      const tell = yield* MessageNotices.make(clients)

      return yield* Runners.make({
        ping: stock.ping,
        onRunnerUnavailable: (address) =>
          Effect.zipRight(stock.onRunnerUnavailable(address), RcMap.invalidate(clients, address)),
        notify: ({ address, message }) =>
          Option.match(address, {
            onNone: () => Effect.void,
            onSome: (known) =>
              message._tag === "OutgoingRequest"
                ? tell(known, message)
                : RcMap.get(clients, known).pipe(
                    Effect.flatMap((client) => client.Notify({ envelope: message.envelope })),
                    Effect.scoped,
                    Effect.ignore
                  )
          }),
        send: (options) => {
          const { address, message } = options
          return message._tag === "OutgoingRequest" && _hasOneReply(message.rpc)
            ? Effect.flatMap(
                lineTo(address)(_asked(message)),
                Option.match({
                  onNone: () => Effect.fail(new Stock.RunnerUnavailable({ address })),
                  onSome: _respond(message)
                })
              )
            : stock.send(options)
        }
      })
    })
  ).pipe(Layer.provide(Snowflake.layerGenerator)),
  /** Serves what these runners ask, beside what stock runners do. */
  server: RpcServer.layer(RunnerClients.rpcs, {
    spanPrefix: "RunnerServer",
    disableTracing: true,
    disableFatalDefects: true
  }).pipe(Layer.provide([RunnerServer.layerHandlers, ReplyHandlers.layer]))
} as const

export { BatchedRunners }
