import { ClusterSchema, Entity } from "@effect/cluster"
import { Rpc } from "@effect/rpc"
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Option, Schema } from "effect"
import { Tenancy } from "../tenancy/tenancy.ts"
import { TestCluster } from "../testing/test-cluster.ts"
import { Context } from "./context.ts"

const Probe = Entity.make("ContextProbe", [
  Rpc.make("Where", { success: Schema.Struct({ shardId: Schema.String, entity: Schema.String }) })
]).annotateRpcs(ClusterSchema.Persisted, false)

const live = Probe.toLayer({
  Where: () =>
    Effect.map(Context.Request.current, ({ cluster }) =>
      Option.match(cluster, {
        onNone: () => ({ shardId: "none", entity: "none" }),
        onSome: ({ entity, shardId }) => ({
          shardId: shardId.toString(),
          entity: `${entity.entityType}/${entity.entityId}`
        })
      })
    )
})

const actor = Tenancy.system(Tenancy.Id.make("0199a000-0000-7000-8000-000000000001"), "request-1")

layer(live.pipe(Layer.provideMerge(TestCluster.layer)), { timeout: "60 seconds", excludeTestServices: true })(
  "Context.Request",
  (it) => {
    it.effect("knows shard and entity inside a message handler", () =>
      Effect.gen(function* () {
        const client = yield* Probe.client

        const where = yield* client("one").Where()

        assert.strictEqual(where.entity, "ContextProbe/one")
        assert.match(where.shardId, /^default:\d+$/)
      })
    )

    it.effect("knows the actor and the trace, and no cluster, outside one", () =>
      Effect.gen(function* () {
        const request = yield* Context.Request.current.pipe(
          Effect.provideService(Tenancy.Current, actor),
          Effect.withSpan("asked")
        )

        assert.deepStrictEqual(request.actor, Option.some(actor))
        assert.isTrue(Option.isSome(request.trace))
        assert.isFalse(yield* Context.Request.withinCluster)
      })
    )
  }
)
