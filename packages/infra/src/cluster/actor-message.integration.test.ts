import { ClusterSchema, Entity } from "@effect/cluster"
import { Rpc } from "@effect/rpc"
import { assert, layer } from "@effect/vitest"
import { Chunk, Effect, Layer, Option, Schema, Stream, Tracer } from "effect"
import { Context } from "../context/context.ts"
import { Identifier } from "../context/identifier.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { TestCluster } from "../testing/test-cluster.ts"
import { ActorMessage } from "./actor-message.ts"
import { ClusterError } from "./cluster-error.ts"

const Seen = Schema.Struct({
  actor: Tenancy.Actor,
  traceId: Schema.NullOr(Schema.String),
  entity: Schema.NullOr(Schema.String),
  runner: Schema.NullOr(Schema.String)
})

const seen = Effect.gen(function* () {
  const actor = yield* Tenancy.Current
  const { cluster, trace } = yield* Context.Request.current
  return {
    actor,
    traceId: Option.getOrNull(Option.map(trace, ({ traceId }) => traceId)),
    entity: Option.getOrNull(Option.map(cluster, ({ entity }) => `${entity.entityType}/${entity.entityId}`)),
    runner: Option.getOrNull(Option.flatMap(cluster, ({ runnerId }) => runnerId))
  }
})

/** One rpc by each way a message can go. */
const Desk = ActorMessage.entity(
  Entity.make("Desk", [
    Rpc.make("Ask", { success: Seen }).annotate(ClusterSchema.Persisted, false),
    Rpc.make("Keep", { payload: { id: Schema.String }, primaryKey: ({ id }) => id, success: Seen }).annotate(
      ClusterSchema.Persisted,
      true
    ),
    Rpc.make("Watch", { success: Seen, stream: true }).annotate(ClusterSchema.Persisted, false),
    Rpc.make("Forward", { success: Seen }).annotate(ClusterSchema.Persisted, false)
  ])
)

const desk = Desk.toLayer(
  Effect.gen(function* () {
    const client = yield* Desk.client
    return Desk.of({
      Ask: () => seen,
      Keep: () => seen,
      Watch: () => Stream.fromEffect(seen),
      Forward: () => Effect.orDie(client("behind").Ask())
    })
  }),
  { concurrency: "unbounded" }
)

const actor = Tenancy.Actor.make({
  tenantId: Tenancy.Id.make("0199a000-0000-7000-8000-000000000001"),
  actorId: "Zoë",
  role: "clerk",
  requestId: "request-1"
})
const trace = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7", sampled: true }

const asCaller = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(
    Effect.provideService(Tenancy.Current, actor),
    Effect.withParentSpan(Tracer.externalSpan(trace))
  )

layer(desk.pipe(Layer.provideMerge(TestCluster.layer)), { timeout: "60 seconds", excludeTestServices: true })(
  "ActorMessage",
  (it) => {
    it.effect("gives the handler of a volatile message the caller's actor and trace", () =>
      Effect.gen(function* () {
        const client = yield* Desk.client

        const { runner, ...answer } = yield* client("one").Ask()

        assert.deepStrictEqual(answer, { actor, traceId: trace.traceId, entity: "Desk/one" })
        assert.strictEqual(runner, "test")
      }).pipe(asCaller)
    )

    it.effect("gives them to the handler of a persisted message, out of the stored row", () =>
      Effect.gen(function* () {
        const client = yield* Desk.client

        const answer = yield* client("two").Keep({ id: yield* Identifier.uuid })

        assert.deepStrictEqual([answer.actor, answer.traceId], [actor, trace.traceId])
      }).pipe(asCaller)
    )

    it.effect("gives them to the handler of a stream", () =>
      Effect.gen(function* () {
        const client = yield* Desk.client

        const answers = yield* Stream.runCollect(client("three").Watch())

        assert.deepStrictEqual(
          Chunk.toReadonlyArray(answers).map((answer) => [answer.actor, answer.traceId]),
          [[actor, trace.traceId]]
        )
      }).pipe(asCaller)
    )

    it.effect("carries them on from one entity to the next, which knows its own address", () =>
      Effect.gen(function* () {
        const client = yield* Desk.client

        const answer = yield* client("front").Forward()

        assert.deepStrictEqual([answer.actor, answer.traceId], [actor, trace.traceId])
        assert.strictEqual(answer.entity, "Desk/behind")
      }).pipe(asCaller)
    )

    it.effect("refuses a message whose sender nobody is, before its handler runs", () =>
      Effect.gen(function* () {
        const client = yield* Desk.client

        const refusal = yield* Effect.flip(ClusterError.refine(client("four").Ask()))

        assert.deepStrictEqual([refusal._tag, refusal.reason], ["ClusterError", "Malformed"])
      })
    )
  }
)
