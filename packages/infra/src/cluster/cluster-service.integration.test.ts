import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { TestCluster } from "../testing/test-cluster.ts"
import { ClusterService } from "./cluster-service.ts"

const epochMillis = 1_735_689_600_000n

layer(TestCluster.layer, { timeout: "60 seconds", excludeTestServices: true })("ClusterService", (it) => {
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
})
