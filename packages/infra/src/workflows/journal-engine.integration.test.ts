import { SqlClient } from "@effect/sql"
import { assert, layer } from "@effect/vitest"
import { DurableClock, DurableDeferred, Workflow, WorkflowEngine } from "@effect/workflow"
import { Deferred, Effect, Fiber, Layer, Metric, Option, Ref, Schema } from "effect"
import { MessageStore } from "../cluster/message-store.ts"
import { Identifier } from "../context/identifier.ts"
import { InfraSql } from "../storage/infra-sql.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { TestCluster } from "../testing/test-cluster.ts"
import { LocalActivity } from "./local-activity.ts"
import { SagaRefused } from "./saga-refused.ts"
import { StepActivity } from "./step-activity.ts"

const step = StepActivity.of(Schema.String, SagaRefused)
const done = Ref.unsafeMake<ReadonlyArray<string>>([])
const noted = (what: string) => Ref.update(done, (all) => [...all, what])
const times = (what: string) => Effect.map(Ref.get(done), (all) => all.filter((one) => one === what).length)

const stale = Metric.counter("workflow_stale_writes_total", {
  description: "Exits of activities that were not written because another replica had the run by then.",
  incremental: true
})
const staleWrites = Effect.map(Metric.value(stale), ({ count }) => count)

const Flow = Workflow.make({
  name: "Flow",
  payload: { id: Schema.String },
  success: Schema.String,
  idempotencyKey: ({ id }) => id
})
const go = DurableDeferred.make("go", { success: Schema.String })

/** A step, a timer that is over soon, a signal, a step. */
const live = Flow.toLayer(({ id }) =>
  Effect.gen(function* () {
    yield* step({ name: "first", execute: Effect.as(noted(`${id}/first`), "1") })
    yield* DurableClock.sleep({ name: "soon", duration: "50 millis", inMemoryThreshold: "1 millis" })
    const said = yield* DurableDeferred.await(go)
    const last = yield* step({ name: "last", execute: Effect.as(noted(`${id}/last`), "2") })
    return `${said} ${last}`
  }).pipe(Effect.orDie)
)

/** One time that a workflow's body runs, as a replica's entity would run it. */
const body = (executionId: string) => {
  const instance = WorkflowEngine.WorkflowInstance.initial(Flow, executionId)
  return <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.provideService(effect, WorkflowEngine.WorkflowInstance, instance)
}

const waitFor = <A, E, R>(what: string, look: Effect.Effect<A, E, R>, holds: (seen: A) => boolean) =>
  look.pipe(
    Effect.delay("30 millis"),
    Effect.repeat({ until: holds }),
    Effect.timeoutFail({ duration: "20 seconds", onTimeout: () => `it did not come: ${what}` })
  )

const clockIsOver = (executionId: string) =>
  waitFor(
    "the answered timer",
    Effect.flatMap(
      InfraSql,
      (sql) => sql`SELECT 1 FROM cluster_messages m JOIN cluster_messages run USING (entity_id)
        JOIN cluster_replies r ON r.id = run.last_reply_id AND r.payload LIKE '%Suspended%'
        WHERE m.entity_id = ${executionId} AND m.entity_type = 'Workflow/-/DurableClock' AND m.processed
          AND run.entity_type = 'Workflow/Flow' AND run.tag = 'run'`
    ),
    ({ length }) => length > 0
  )

const answer = (executionId: string) =>
  DurableDeferred.succeed(go, {
    token: DurableDeferred.tokenFromExecutionId(go, { workflow: Flow, executionId }),
    value: "go"
  })

const names = (executionId: string) =>
  Effect.flatMap(
    InfraSql,
    (sql) => sql<{ readonly name: string }>`
      SELECT name FROM workflow_journal WHERE execution_id = ${executionId} ORDER BY name`
  ).pipe(Effect.map((rows) => rows.map(({ name }) => name)))

const asTenant = Effect.provideServiceEffect(
  Tenancy.Current,
  Effect.map(Identifier.uuid, (id) => Tenancy.system(Tenancy.Id.make(id), "test"))
)

const write = (note: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { tenantId } = yield* Tenancy.Current
    yield* Effect.orDie(sql`INSERT INTO notes (tenant_id, note) VALUES (${tenantId}, ${note})`)
  })
const written = (note: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT note FROM notes WHERE note = ${note}`).pipe(
    Effect.map(({ length }) => length)
  )

/** An activity that writes a note and its journal row at once. */
const local = (name: string, after: Effect.Effect<void, SagaRefused> = Effect.void) =>
  Effect.gen(function* () {
    const activity = yield* LocalActivity
    const sql = yield* SqlClient.SqlClient
    const run = Effect.provideService(Effect.zipRight(write(name), after), SqlClient.SqlClient, sql)
    return step({
      name,
      execute: Effect.as(activity.commit(run, "noted"), "noted")
    })
  })

const cluster = Layer.mergeAll(live, LocalActivity.layer, MessageStore.layer).pipe(
  Layer.provideMerge(TestCluster.layer)
)
const impatient = LocalActivity.layer.pipe(
  Layer.provideMerge(TestCluster.layerWith({ runPatience: "300 millis" }))
)

layer(impatient, { timeout: "60 seconds", excludeTestServices: true })("a run that was begun late", (it) => {
  it.scoped("is had again by who is still there when the late one has gone", () =>
    Effect.gen(function* () {
      const owner = body("late")
      const first = (who: string) => step({ name: "first", execute: Effect.as(noted(`late/${who}`), who) })
      const second = step({ name: "second", execute: Effect.as(noted("late/second"), "second") })
      const noting = yield* local("in-time")
      const third = step({ name: "third", execute: Effect.succeed("third") })
      const begunLate = body("late")(first("leaving"))

      yield* owner(first("owner"))
      // By a replica that has lost its shards and is interrupted a moment later.
      yield* begunLate
      const both = yield* Effect.all([owner(second), owner(noting)], { concurrency: "unbounded" })
      const next = yield* owner(third)

      assert.deepStrictEqual([...both, next], ["second", "noted", "third"])
      assert.strictEqual(yield* times("late/leaving"), 0)
      assert.strictEqual(yield* times("late/second"), 1)
      assert.strictEqual(yield* written("in-time"), 1)
      assert.deepStrictEqual(yield* names("late"), ["first", "in-time", "second", "third"])
    }).pipe(asTenant)
  )
})

layer(cluster, { timeout: "60 seconds", excludeTestServices: true })("the journal of a run", (it) => {
  it.scoped(
    "is its newest owner's: an older run writes nothing, answers nothing and can be interrupted",
    () =>
      Effect.gen(function* () {
        const before = yield* staleWrites
        const older = body("stale")
        const newer = body("stale")
        const first = (who: string) => step({ name: "first", execute: Effect.as(noted(`stale/${who}`), who) })
        const second = (who: string) => step({ name: "second", execute: Effect.succeed(who) })
        const mine = yield* older(first("older"))

        const seen = yield* newer(first("newer"))
        const waiting = yield* Effect.fork(older(second("older")))
        yield* waitFor("the stale write", staleWrites, (count) => count > before)
        const answered = yield* Fiber.poll(waiting)
        const own = yield* newer(second("newer"))
        yield* Fiber.interrupt(waiting)

        assert.deepStrictEqual([mine, seen, own], ["older", "older", "newer"])
        assert.isTrue(Option.isNone(answered))
        assert.strictEqual(yield* times("stale/newer"), 0)
        assert.deepStrictEqual(yield* names("stale"), ["first", "second"])
      })
  )

  it.scoped("has one exit of an activity, and whoever comes second takes it", () =>
    Effect.gen(function* () {
      const isFirst = yield* Deferred.make<void>()
      const inBody = body("twins")
      const slow = step({ name: "same", execute: Effect.as(Deferred.await(isFirst), "slow") })
      const quick = step({ name: "same", execute: Effect.succeed("quick") })

      const waiting = yield* Effect.fork(inBody(slow))
      const one = yield* inBody(quick)
      yield* Deferred.succeed(isFirst, undefined)
      const other = yield* Fiber.join(waiting)

      assert.deepStrictEqual([one, other], ["quick", "quick"])
    })
  )

  it.scoped("says nothing of an activity that was interrupted, which is then done anew", () =>
    Effect.gen(function* () {
      const inBody = body("interrupted")
      const first = step({ name: "a", execute: Effect.zipRight(noted("interrupted"), Effect.never) })
      const again = step({ name: "a", execute: Effect.succeed("again") })

      const waiting = yield* Effect.fork(inBody(first))
      yield* waitFor("its begin", times("interrupted"), (count) => count === 1)
      yield* Fiber.interrupt(waiting)

      assert.deepStrictEqual(yield* names("interrupted"), [])
      assert.strictEqual(yield* body("interrupted")(again), "again")
    })
  )

  it.scoped("is written by a local activity in its own transaction, or not at all", () =>
    Effect.gen(function* () {
      const inBody = body("local")
      const refusal = new SagaRefused({ reason: "no", uncertain: false })

      const value = yield* inBody(yield* local("kept"))
      const again = yield* inBody(yield* local("kept"))
      const refused = yield* inBody(yield* local("refused", refusal)).pipe(Effect.flip)
      const died = yield* inBody(yield* local("died", Effect.dieMessage("lost"))).pipe(Effect.exit)

      assert.deepStrictEqual([value, again, refused], ["noted", "noted", refusal])
      assert.strictEqual(died._tag, "Failure")
      assert.deepStrictEqual(
        yield* Effect.all([written("kept"), written("refused"), written("died")]),
        [1, 0, 0]
      )
      assert.deepStrictEqual(yield* names("local"), ["died", "kept", "refused"])
    }).pipe(asTenant)
  )

  it.scoped("takes a local activity of an older run back", () =>
    Effect.gen(function* () {
      const before = yield* staleWrites
      const older = body("local-stale")
      yield* older(step({ name: "begin", execute: Effect.succeed("") }))
      yield* body("local-stale")(step({ name: "begin", execute: Effect.succeed("") }))

      const waiting = yield* Effect.fork(older(yield* local("too-late")))
      yield* waitFor("the stale write", staleWrites, (count) => count > before)
      const answered = yield* Fiber.poll(waiting)
      yield* Fiber.interrupt(waiting)

      assert.isTrue(Option.isNone(answered))
      assert.strictEqual(yield* written("too-late"), 0)
      assert.deepStrictEqual(yield* names("local-stale"), ["begin"])
    }).pipe(asTenant)
  )

  it.scoped("cannot be seen by the app's role", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const refusals = yield* Effect.all(
        [
          sql`SELECT 1 FROM cluster.workflow_journal`,
          sql`DELETE FROM cluster.workflow_runs`,
          sql`SELECT cluster.begin_runs('["local"]', true)`
        ].map((statement) => Effect.map(Effect.flip(statement), ({ cause }) => String(cause)))
      )

      assert.strictEqual(refusals.filter((text) => text.includes("permission denied")).length, 3)
    })
  )

  it.scoped("goes when its run has ended, and stays while the run waits although its timer is answered", () =>
    Effect.gen(function* () {
      const messages = yield* MessageStore
      const waits = yield* Flow.execute({ id: "waits" }, { discard: true })
      const ends = yield* Flow.execute({ id: "ends" }, { discard: true })
      yield* Effect.all([clockIsOver(waits), clockIsOver(ends)])
      yield* answer(ends)
      yield* Flow.execute({ id: "ends" })

      yield* messages.purgeJournals(0, 100, MessageStore.first)

      assert.deepStrictEqual(yield* names(ends), [])
      assert.deepStrictEqual(yield* names(waits), ["first"])
      yield* answer(waits)
      assert.strictEqual(yield* Flow.execute({ id: "waits" }), "go 2")
      assert.strictEqual(yield* times("waits/first"), 1)
    })
  )
})

/** Begun on one setting, its cluster ended, and gone on with the other. */
const switched = (id: string, from: "on" | "off", to: "on" | "off") =>
  Effect.gen(function* () {
    const executionId = yield* Flow.execute({ id }, { discard: true }).pipe(
      Effect.tap(clockIsOver),
      Effect.provide(live.pipe(Layer.provideMerge(TestCluster.on({ journal: from })))),
      Effect.scoped
    )
    return yield* Effect.zipRight(answer(executionId), Flow.execute({ id })).pipe(
      Effect.zip(names(executionId)),
      Effect.provide(live.pipe(Layer.provideMerge(TestCluster.on({ journal: to })))),
      Effect.scoped
    )
  })

layer(TestCluster.database, { timeout: "60 seconds", excludeTestServices: true })("a run", (it) => {
  it.effect("that began on stock ends there, and repeats nothing", () =>
    Effect.gen(function* () {
      const [end, journal] = yield* switched("from-stock", "off", "on")

      assert.deepStrictEqual([end, journal], ["go 2", []])
      assert.deepStrictEqual([yield* times("from-stock/first"), yield* times("from-stock/last")], [1, 1])
    })
  )

  it.effect("that has a journal ends with it, and repeats nothing", () =>
    Effect.gen(function* () {
      const [end, journal] = yield* switched("from-journal", "on", "off")

      assert.deepStrictEqual([end, journal], ["go 2", ["first", "last"]])
      assert.deepStrictEqual([yield* times("from-journal/first"), yield* times("from-journal/last")], [1, 1])
    })
  )
})
