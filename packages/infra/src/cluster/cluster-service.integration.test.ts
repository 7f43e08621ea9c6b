import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { ClusterSchema, Entity } from "@effect/cluster"
import { Rpc } from "@effect/rpc"
import { assert, layer } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, Layer } from "effect"
import { TestCluster } from "../testing/test-cluster.ts"
import { ClusterService } from "./cluster-service.ts"

class Luggage extends Context.Tag("test/Luggage")<Luggage, object>() {}

const Narrow = Entity.make("Narrow", [Rpc.make("Pass")]).annotateRpcs(ClusterSchema.Persisted, false)

class Gate extends Context.Tag("test/Gate")<Gate, Deferred.Deferred<void>>() {}

/** Of the whole suite: a runner shuts down with the first of its entities. */
const narrow = Narrow.toLayer(
  Effect.map(Gate, (gate) => ({ Pass: () => Deferred.await(gate) })),
  { mailboxCapacity: 2 }
)

const cluster = narrow.pipe(
  Layer.provideMerge(Layer.effect(Gate, Deferred.make<void>())),
  Layer.provideMerge(TestCluster.layer)
)

/** Frees at once what nobody holds, and says what is left of these. */
const heldOf = (things: ReadonlyArray<WeakRef<object>>) => {
  setFlagsFromString("--expose-gc")
  runInNewContext("gc")()
  return things.filter((thing) => thing.deref() !== undefined).length
}

const epochMillis = 1_735_689_600_000n

layer(cluster, { timeout: "60 seconds", excludeTestServices: true })("ClusterService", (it) => {
  it.effect("gives ids that are unique, grow and tell their time", () =>
    Effect.gen(function* () {
      const { snowflake } = yield* ClusterService
      const before = BigInt(Date.now())

      const ids = yield* Effect.all(Array.from({ length: 10_000 }, () => snowflake))
      const after = BigInt(Date.now())

      assert.strictEqual(new Set(ids).size, ids.length)
      assert.deepStrictEqual(
        [...ids].sort((one, other) => (one < other ? -1 : 1)),
        ids
      )
      const [first = 0n] = ids
      const millis = (first >> 22n) + epochMillis
      assert.isTrue(before <= millis && millis <= after)
    })
  )

  it.effect("knows its runner, its shards and what is in memory", () =>
    Effect.gen(function* () {
      const cluster = yield* ClusterService
      const shards = yield* cluster.shards.pipe(
        // Without a pause this keeps the event loop from what is waited for.
        Effect.delay("20 millis"),
        Effect.repeat({ until: ({ length }) => length === 300 })
      )

      assert.deepStrictEqual([shards[0], shards[299]], [1, 300])
      assert.strictEqual(yield* cluster.shardsOwned, 300)
      assert.deepStrictEqual(yield* cluster.health, [{ address: cluster.address, healthy: true, self: true }])
      assert.isAtLeast(yield* cluster.entities, 0)
    })
  )

  it.effect("forgets a request that a full mailbox refused", () =>
    Effect.gen(function* () {
      const gate = yield* Gate
      const entity = (yield* Narrow.client)("one")
      const waiting = yield* Effect.forEach([1, 2], () => Effect.fork(entity.Pass()))
      yield* Effect.sleep("200 millis")

      const refused = yield* Effect.forEach(Array.from({ length: 50 }), () =>
        Effect.suspend(() => {
          const luggage = {}
          return Effect.map(
            Effect.flip(Effect.provideService(entity.Pass(), Luggage, luggage)),
            ({ _tag }) => ({ _tag, luggage: new WeakRef(luggage) })
          )
        })
      )
      yield* Effect.sleep("50 millis")

      assert.deepStrictEqual([...new Set(refused.map(({ _tag }) => _tag))], ["MailboxFull"])
      // The last one may still be in a register or on the stack.
      assert.isAtMost(heldOf(refused.map(({ luggage }) => luggage)), 1)
      yield* Deferred.succeed(gate, undefined)
      yield* Effect.forEach(waiting, Fiber.join)
    })
  )

  it.effect("keeps its shards when nobody is there to take them", () =>
    Effect.gen(function* () {
      const cluster = yield* ClusterService

      yield* cluster.leave
      yield* Effect.sleep("2 seconds")

      assert.strictEqual(yield* cluster.shardsOwned, 300)
      assert.deepStrictEqual(yield* cluster.health, [{ address: cluster.address, healthy: true, self: true }])
    })
  )
})
