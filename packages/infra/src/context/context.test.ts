import { EntityAddress, EntityId, EntityType, RunnerAddress, ShardId } from "@effect/cluster"
import { CurrentAddress, CurrentRunnerAddress } from "@effect/cluster/Entity"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Logger, Option, Tracer } from "effect"
import { Actor } from "./actor.ts"
import { ClusterSelf } from "./cluster-self.ts"
import { Context } from "./context.ts"
import { Leadership } from "./leadership.ts"

const actor = Actor.Value.make({
  tenantId: Actor.TenantId.make("0199a000-0000-7000-8000-000000000001"),
  actorId: "ada",
  role: "clerk",
  requestId: "request-1"
})
const entity = new EntityAddress.EntityAddress({
  shardId: ShardId.make("default", 7),
  entityType: EntityType.EntityType.make("Cart"),
  entityId: EntityId.make("9")
})
const runner = RunnerAddress.make("10.0.0.1", 34431)
const trace = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7", sampled: true }

/** As inside the handler of a message that a leader sent. */
const everything = <A, E>(effect: Effect.Effect<A, E>) =>
  effect.pipe(
    Effect.provideService(Actor, actor),
    Effect.withParentSpan(Tracer.externalSpan(trace)),
    Effect.provideService(CurrentAddress, entity),
    Effect.provideService(CurrentRunnerAddress, runner),
    Effect.provideService(ClusterSelf, { replica: "replica-2", address: "10.0.0.1:34431" }),
    Effect.provideService(Leadership, { name: "sweep", fence: 3 })
  )

const none = {
  actor: Option.none(),
  requestId: Option.none(),
  trace: Option.none(),
  cluster: Option.none(),
  leadership: Option.none()
}

describe("Context.Request", () => {
  it.effect("is nothing but nones where there is neither request nor cluster", () =>
    Effect.gen(function* () {
      expect(yield* Context.Request.current).toEqual(none)
      expect(yield* Context.Request.withinCluster).toBe(false)
    })
  )

  it.effect("knows everything inside a handler, each in its own type", () =>
    Effect.gen(function* () {
      const request = yield* everything(Context.Request.current)
      const cluster = {
        shardId: entity.shardId,
        entity,
        runnerId: Option.some("replica-2"),
        runner: Option.some(runner)
      }

      expect(request).toEqual({
        actor: Option.some(actor),
        requestId: Option.some("request-1"),
        trace: Option.some(trace),
        cluster: Option.some(cluster),
        leadership: Option.some({ name: "sweep", fence: 3 })
      })
      expect(yield* everything(Context.Request.withinCluster)).toBe(true)
    })
  )

  it.effect("knows each part without the others", () =>
    Effect.gen(function* () {
      const { current } = Context.Request
      const byActor = yield* Effect.provideService(current, Actor, actor)
      const byTrace = yield* Effect.withParentSpan(current, Tracer.externalSpan(trace))
      const byAddress = yield* Effect.provideService(current, CurrentAddress, entity)
      const byLead = yield* Effect.provideService(current, Leadership, { name: "sweep", fence: 3 })
      const cluster = { shardId: entity.shardId, entity, runnerId: Option.none(), runner: Option.none() }

      expect(byActor).toEqual({ ...none, actor: Option.some(actor), requestId: Option.some("request-1") })
      expect(byTrace).toEqual({ ...none, trace: Option.some(trace) })
      expect(byAddress).toEqual({ ...none, cluster: Option.some(cluster) })
      expect(byLead).toEqual({ ...none, leadership: Option.some({ name: "sweep", fence: 3 }) })
    })
  )

  it.effect("puts what is known into the log lines", () =>
    Effect.gen(function* () {
      const lines: Array<Record<string, unknown>> = []
      const logger = Logger.make(({ annotations }) => {
        lines.push(Object.fromEntries(annotations))
      })

      yield* everything(Effect.log("a line")).pipe(
        Effect.annotateLogs({ actorId: "somebody else", step: "pay" }),
        Effect.provide(Context.Request.logs),
        Effect.provide(Logger.replace(Logger.defaultLogger, logger))
      )

      expect(lines).toEqual([
        {
          step: "pay",
          tenantId: actor.tenantId,
          actorId: "somebody else",
          requestId: "request-1",
          traceId: trace.traceId,
          entity: "Cart/9",
          shardId: "default:7",
          replica: "replica-2",
          leads: "sweep",
          fence: "3"
        }
      ])
    })
  )

  it.effect("lets work that was only woken belong to nobody, on the shard where it is", () =>
    Effect.gen(function* () {
      const request = yield* everything(Context.Request.ofNobody(Context.Request.current))

      expect([request.actor, request.trace]).toEqual([Option.none(), Option.none()])
      expect(Option.isSome(request.cluster)).toBe(true)
    })
  )
})
