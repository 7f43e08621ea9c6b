import {
  ClusterSchema,
  Entity,
  EntityAddress,
  EntityId,
  EntityType,
  MessageStorage,
  Sharding
} from "@effect/cluster"
import { Rpc, RpcTest } from "@effect/rpc"
import { assert, layer } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, Layer, Option, Schema, Stream } from "effect"
import { TestCluster } from "../../testing/test-cluster.ts"
import { ReplyHandlers } from "./reply-handlers.ts"
import { ReplyRpcs } from "./reply-rpcs.ts"

class Gate extends Context.Tag("test/Gate")<Gate, Deferred.Deferred<void>>() {}

const Echo = Entity.make("Echo", [
  Rpc.make("Say", {
    payload: { key: Schema.String, waits: Schema.Boolean },
    success: Schema.String,
    primaryKey: ({ key }) => key
  })
]).annotateRpcs(ClusterSchema.Persisted, true)

const echo = Echo.toLayer(
  Effect.map(Gate, (gate) =>
    Echo.of({
      Say: ({ payload }) =>
        Effect.as(payload.waits ? Deferred.await(gate) : Effect.void, `said ${payload.key}`)
    })
  ),
  { concurrency: "unbounded" }
)

const cluster = ReplyHandlers.layer.pipe(
  Layer.provideMerge(echo),
  Layer.provideMerge(Layer.effect(Gate, Deferred.make<void>())),
  Layer.provideMerge(TestCluster.layer)
)

const entityType = EntityType.EntityType.make("Echo")
const entityId = EntityId.EntityId.make("here")

/** Stores a message, and says what another runner would ask its owner for. */
const stored = (key: string, waits: boolean) =>
  Effect.gen(function* () {
    const client = yield* Echo.client
    yield* client("here").Say({ key, waits }, { discard: true })
    const sharding = yield* Sharding.Sharding
    const storage = yield* MessageStorage.MessageStorage
    const shardId = sharding.getShardId(entityId, "default")
    const id = yield* storage.requestIdForPrimaryKey({
      address: new EntityAddress.EntityAddress({ entityType, entityId, shardId }),
      tag: "Say",
      id: key
    })
    return { id: String(Option.getOrThrow(id)), shard: shardId.toString(), entityType, entityId }
  })

const ask = (...requests: ReadonlyArray<ReplyRpcs.Asked>) =>
  Effect.map(RpcTest.makeClient(ReplyRpcs), (client) => client.Replies({ requests }))

/** The text of each answer, by place; none where the runner does not know. */
const texts = (answers: Iterable<ReplyRpcs.Answer | null>) =>
  Object.fromEntries(
    Array.from(answers).flatMap((answer) =>
      answer === null
        ? []
        : [[answer.place, answer.reply?._tag === "WithExit" ? JSON.stringify(answer.reply.exit) : undefined]]
    )
  )

layer(cluster, { timeout: "60 seconds", excludeTestServices: true })("ReplyHandlers", (it) => {
  it.scoped("say that they have heard, and give each reply away once it is stored", () =>
    Effect.gen(function* () {
      const gate = yield* Gate
      const requests = yield* Effect.all([stored("quick", false), stored("slow", true)])
      const answers = yield* ask(...requests)
      const quick = yield* Deferred.make<void>()
      const all = yield* answers.pipe(
        Stream.tap((answer) => Effect.when(Deferred.succeed(quick, undefined), () => answer?.place === 0)),
        Stream.runCollect,
        Effect.fork
      )

      yield* Deferred.await(quick)
      // Longer than the patience: the slow one is registered as the stock runner does it.
      yield* Effect.sleep("700 millis")
      yield* Deferred.succeed(gate, undefined)

      const given = yield* Fiber.join(all)
      assert.strictEqual([...given][0], null)
      assert.deepStrictEqual(texts(given), {
        0: '{"_tag":"Success","value":"said quick"}',
        1: '{"_tag":"Success","value":"said slow"}'
      })
    })
  )

  it.scoped("answer who asks after the reply, and say of what is not here that they do not know", () =>
    Effect.gen(function* () {
      const request = yield* stored("early", false)
      const nobody = { ...request, id: "4711" }
      const elsewhere = { ...request, id: "4712", entityType: "Echo", shard: "nowhere:1" }
      yield* Effect.flatMap(ask(request), Stream.runDrain)

      const given = yield* Effect.flatMap(ask(request, nobody, elsewhere), Stream.runCollect)

      assert.deepStrictEqual(texts(given), {
        0: '{"_tag":"Success","value":"said early"}',
        1: undefined,
        2: undefined
      })
    })
  )
})
