/** Work that runs later, on whatever replica, knows who caused it and in which trace. */
import { EntityAddress, EntityId, EntityType, ShardId } from "@effect/cluster"
import { CurrentAddress } from "@effect/cluster/Entity"
import { SqlClient } from "@effect/sql"
import { assert, layer } from "@effect/vitest"
import { Deferred, Duration, Effect, Layer, Option, Queue, Schema, Tracer } from "effect"
import { EventBus } from "../events/event-bus.ts"
import { EventDefinition } from "../events/event-definition.ts"
import { JobDefinition } from "../jobs/job-definition.ts"
import { JobService } from "../jobs/job-service.ts"
import { Lanes } from "../lanes/lanes.ts"
import { InfraSql } from "../storage/infra-sql.ts"
import { Database } from "../tenancy/database.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { TestCluster } from "../testing/test-cluster.ts"
import { Saga } from "../workflows/saga.ts"
import { Context } from "./context.ts"
import { Identifier } from "./identifier.ts"

interface Caller {
  readonly actor: Tenancy.Actor
  readonly traceId: string
}

const hex = (id: string, digits: number) => id.replaceAll("-", "").slice(-digits)

/** Somebody new, with a trace of their own. */
const somebody = Effect.gen(function* () {
  const [tenant, request, trace] = yield* Effect.all([Identifier.uuid, Identifier.uuid, Identifier.uuid])
  const actor = Tenancy.Actor.make({
    tenantId: Tenancy.Id.make(tenant),
    actorId: "ada",
    role: "clerk",
    requestId: request
  })
  return { actor, traceId: hex(trace, 32) }
})

const as =
  ({ actor, traceId }: Caller) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    effect.pipe(
      Effect.provideService(Tenancy.Current, actor),
      Effect.withParentSpan(Tracer.externalSpan({ traceId, spanId: hex(actor.requestId, 16) }))
    )

/** What the work finds. */
const found = Effect.map(Context.Request.current, ({ actor, trace }) => ({
  actor: Option.getOrThrow(actor),
  traceId: Option.getOrThrow(trace).traceId
}))

const at = Effect.map(
  Context.Request.current,
  ({ cluster }) => Option.getOrThrow(cluster).entity.entityType as string
)
/** As where a job of another entity starts the work. */
const elsewhere = new EntityAddress.EntityAddress({
  shardId: ShardId.make("default", 1),
  entityType: EntityType.EntityType.make("Elsewhere"),
  entityId: EntityId.make("1")
})

const job = JobDefinition.make({
  name: "propagated",
  queue: "propagated",
  payload: Schema.Struct({ n: Schema.Number }),
  maxAttempts: 2,
  concurrency: 4,
  timeout: Duration.seconds(20)
})

const Noted = EventDefinition.make(
  "note.taken",
  { text: Schema.String },
  { description: "Somebody took a note." }
)
const noted = (text: string) =>
  EventBus.emission(Noted, Noted.make({ text }), { aggregateId: "a", version: 0 })

const ran = Effect.runSync(Queue.unbounded<{ readonly step: string; readonly entity: string } & Caller>())
const step = (name: string, refuses = false): Saga.Step => ({
  name,
  maxAttempts: 1,
  run: () =>
    Effect.flatMap(Effect.zip(found, at), ([caller, entity]) =>
      Queue.offer(ran, { ...caller, entity, step: name })
    ).pipe(Effect.zipRight(Effect.when(new Saga.Refused({ reason: "no", uncertain: false }), () => refuses))),
  undo: () =>
    Effect.flatMap(Effect.zip(found, at), ([caller, entity]) =>
      Queue.offer(ran, { ...caller, entity, step: `undo ${name}` })
    )
})
const flow = Saga.define("Propagated")
const saga = Saga.layer(
  flow,
  Effect.succeed<Saga.Definition>({
    steps: [step("reserve"), step("capture", true)],
    reads: () => Effect.void,
    guard: () => Effect.void,
    undoing: () => Effect.void,
    undone: () => Effect.void
  })
)

layer(saga.pipe(Layer.provideMerge(TestCluster.layer)), { timeout: "60 seconds", excludeTestServices: true })(
  "Work that was caused by a request",
  (it) => {
    it.effect("runs as a job with its submitter's actor and trace, also in the second attempt", () =>
      Effect.gen(function* () {
        const jobs = yield* JobService
        const seen = yield* Queue.unbounded<Caller>()
        const [one, other] = [yield* somebody, yield* somebody]
        yield* jobs.handle(job, (_, { attempt }) =>
          Effect.flatMap(found, (caller) => Queue.offer(seen, caller)).pipe(
            Effect.zipRight(Effect.when(Effect.fail("once more"), () => attempt === 1))
          )
        )

        yield* jobs.submit(job, [{ n: 1 }, { n: 2 }]).pipe(as(one))
        yield* jobs.submit(job, { n: 3 }).pipe(as(other))
        const all = yield* Effect.timeout(Queue.takeN(seen, 6), "15 seconds")

        const of = (caller: Caller) =>
          [...all].filter(({ traceId }) => traceId === caller.traceId).map(({ actor }) => actor)
        assert.deepStrictEqual(of(one), [one.actor, one.actor, one.actor, one.actor])
        assert.deepStrictEqual(of(other), [other.actor, other.actor])
      })
    )

    it.effect("runs as a job of an older version as its submitter, in a trace of its own", () =>
      Effect.gen(function* () {
        const jobs = yield* JobService
        const infra = yield* InfraSql
        const seen = yield* Deferred.make<Caller>()
        const where = yield* Deferred.make<string>()
        const older = JobDefinition.make({ ...job, name: "older", queue: "older" })
        const { actor, traceId } = yield* somebody
        const lane = `older:${actor.tenantId}`
        yield* jobs.handle(older, () =>
          Effect.flatMap(Effect.zip(found, at), ([caller, entity]) =>
            Effect.zipRight(Deferred.succeed(where, entity), Deferred.succeed(seen, caller))
          )
        )

        // A row as version 1 wrote it: the columns of today were not there.
        yield* infra`INSERT INTO jobs (tenant_id, id, queue, name, lane, partition, payload, actor, status,
            max_attempts, next_due)
          VALUES (${actor.tenantId}, ${actor.tenantId}, 'older', 'older', ${lane}, ${Lanes.partitionOf(lane)},
            '{"n":1}', ${JSON.stringify(actor)}::jsonb, 'queued', 1, now())`
        yield* jobs
          .wake("older", actor.tenantId)
          .pipe(as({ actor, traceId }), Effect.provideService(CurrentAddress, elsewhere))
        const caller = yield* Effect.timeout(Deferred.await(seen), "15 seconds")

        assert.deepStrictEqual(caller.actor, actor)
        assert.notStrictEqual(caller.traceId, traceId)
        assert.strictEqual(yield* Deferred.await(where), "LaneHost")
      })
    )

    it.effect("reaches a subscriber request by request, in the order of the log", () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        const infra = yield* InfraSql
        const one = yield* somebody
        const { tenantId } = one.actor
        const grace = Tenancy.Actor.make({ ...one.actor, actorId: "grace", requestId: "request-2" })
        const other = { ...(yield* somebody), actor: grace }
        const calls = yield* Queue.unbounded<Caller & { readonly texts: ReadonlyArray<string> }>()
        yield* bus.on("reader", (events) =>
          Effect.flatMap(found, (caller) => {
            const texts = events.map(({ payload }) => Schema.decodeUnknownSync(Noted.schema)(payload).text)
            return Effect.when(
              Queue.offer(calls, { ...caller, texts }),
              () => caller.actor.tenantId === tenantId
            )
          })
        )

        // A row as version 1 wrote it, before what is emitted today.
        yield* infra`INSERT INTO events (tenant_id, id, partition, type, aggregate_id, version, payload,
            request_id)
          VALUES (${tenantId}, ${tenantId}, ${Lanes.partitionOf(tenantId)}, 'note.taken', 'a', 0,
            '{"_tag":"note.taken","text":"old"}', 'request-0')`
        yield* bus.emit([noted("a"), noted("b")]).pipe(as(one))
        yield* bus.emit(noted("c")).pipe(as(one))
        yield* bus.emit([noted("d"), noted("e")]).pipe(as(other))
        const seen = yield* Effect.iterate([] as ReadonlyArray<Caller & { readonly text: string }>, {
          while: (all) => all.length < 6,
          body: (all) =>
            Effect.map(Queue.take(calls), ({ texts, ...caller }) => [
              ...all,
              ...texts.map((text) => ({ ...caller, text }))
            ])
        }).pipe(Effect.timeout("15 seconds"))

        assert.deepStrictEqual(seen.slice(1), [
          ...["a", "b", "c"].map((text) => ({ ...one, text })),
          ...["d", "e"].map((text) => ({ ...other, text }))
        ])
        assert.deepInclude(seen[0], { text: "old", actor: Tenancy.system(tenantId, "request-0") })
        assert.notInclude([one.traceId, other.traceId], seen[0]?.traceId)
      })
    )

    it.effect("runs as a saga's steps and undoings with the actor and trace of its start", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const database = yield* Database
        const caller = yield* somebody
        const { actor, traceId } = caller

        yield* Effect.flip(flow.execute({ actor, subject: { id: actor.requestId, run: 1 } })).pipe(
          as(caller),
          Effect.provideService(CurrentAddress, elsewhere)
        )
        const steps = yield* Queue.takeN(ran, 3)

        assert.deepStrictEqual(
          [...steps],
          ["reserve", "capture", "undo reserve"].map((name) => ({
            actor,
            traceId,
            step: name,
            entity: "Workflow/Propagated"
          }))
        )
        const rows = yield* database
          .transaction(sql`SELECT DISTINCT request_id, trace_id FROM saga_steps`)
          .pipe(as(caller))
        assert.deepEqual(rows, [{ requestId: actor.requestId, traceId }])
      })
    )
  }
)
