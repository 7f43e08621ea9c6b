import { assert, layer } from "@effect/vitest"
import { Duration, Effect, Layer, Option, Ref } from "effect"
import { Identifier } from "../context/identifier.ts"
import { InfraSql } from "../storage/infra-sql.ts"
import { Database } from "../tenancy/database.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { TestCluster } from "../testing/test-cluster.ts"
import { Saga } from "./saga.ts"
import { SagaTimeline } from "./saga-timeline.ts"

const trace = Ref.unsafeMake<ReadonlyArray<string>>([])
const said = (subject: Saga.Subject, what: string) =>
  Ref.update(trace, (all) => [...all, `${subject.id}:${what}`])
const saidOf = (id: string) =>
  Effect.map(Ref.get(trace), (all) =>
    all.filter((entry) => entry.startsWith(`${id}:`)).map((entry) => entry.slice(id.length + 1))
  )

/** What somebody has decided; in a product it is a row. */
const decided = Ref.unsafeMake<ReadonlyMap<string, "approved" | "rejected" | "cancelled">>(new Map())
const decide = (id: string, what: "approved" | "rejected" | "cancelled") =>
  Ref.update(decided, (all) => new Map([...all, [id, what]]))
const decisionOf = (id: string) => Effect.map(Ref.get(decided), (all) => all.get(id) ?? "nobody came")

const times = (id: string, what: string) =>
  Effect.map(saidOf(id), (all) => all.filter((one) => one === what).length)

const refuse = (reason: string) => new Saga.Refused({ reason, uncertain: false })

const step = (name: string): Saga.Step<string> => ({
  name,
  maxAttempts: 3,
  run: (subject) => said(subject, name),
  undo: (subject) => said(subject, `undo-${name}`)
})

const approve: Saga.Step<string> = {
  ...step("approve"),
  waits: (subject) =>
    Effect.succeed(
      subject.id.includes("small")
        ? Option.none()
        : Option.some(subject.id.includes("soon") ? Duration.millis(300) : Duration.days(3))
    ),
  run: (subject, decision) =>
    Effect.gen(function* () {
      yield* said(subject, decision)
      yield* Effect.unless(refuse(decision), () => decision === "approved")
    })
}

/** Slow at first, refused twice after that. */
const moody: Saga.Step<string> = {
  ...step("moody"),
  timeout: "200 millis",
  backoff: { first: "1 millis" },
  maxAttempts: 2,
  run: (subject) =>
    Effect.gen(function* () {
      yield* said(subject, "moody")
      const nth = yield* times(subject.id, "moody")
      yield* Effect.when(
        Effect.onInterrupt(Effect.never, () => said(subject, "interrupted")),
        () => nth === 1
      )
      yield* Effect.when(refuse("not yet"), () => nth < 4)
    })
}

/** Its undo works at the ninth attempt. */
const stubborn: Saga.Step<string> = {
  ...step("stubborn"),
  backoff: { first: "1 millis", most: "1 millis" },
  undo: (subject) =>
    Effect.gen(function* () {
      yield* said(subject, "undo-stubborn")
      const nth = yield* times(subject.id, "undo-stubborn")
      yield* Effect.when(Effect.dieMessage("the provider is away"), () => nth < 9)
    })
}
const refusing: Saga.Step<string> = { ...step("refusing"), run: () => refuse("no") }

const guard = (decision: string) =>
  Effect.asVoid(Effect.when(refuse("cancelled"), () => decision === "cancelled"))

const define = (name: string, steps: ReadonlyArray<Saga.Step<string>>) => {
  const flow = Saga.define(name)
  const definition: Saga.Definition<string> = {
    steps,
    reads: ({ id }) => decisionOf(id),
    guard,
    undoing: () => Effect.void,
    undone: (subject) => said(subject, "undone")
  }
  return { flow, layer: Saga.layer(flow, Effect.succeed(definition)) }
}

const waiting = define("Waiting", [step("first"), approve, step("last")])
const failing = define("Failing", [step("first"), approve, refusing])
const pivoting = define("Pivoting", [step("first"), { ...step("pivot"), pivot: true }, moody, step("last")])
const timed = define("Timed", [step("first"), moody])
const stuck = define("Stuck", [stubborn, refusing])

const live = Layer.mergeAll(waiting.layer, failing.layer, pivoting.layer, timed.layer, stuck.layer)

const payloadOf = (id: string) => Effect.map(Tenancy.Current, (actor) => ({ actor, subject: { id, run: 1 } }))
const run = (saga: typeof waiting, id: string) =>
  Effect.flatMap(payloadOf(id), (payload) => Effect.either(Saga.run(saga.flow, payload)))
const wake = (saga: typeof waiting, id: string, step: string, attempt = 0) =>
  Effect.flatMap(payloadOf(id), (payload) =>
    Saga.wake(saga.flow, payload, {
      direction: attempt === 0 ? "forward" : "compensate",
      step,
      attempt
    })
  )

/** Stored for the saga, whoever has read them. */
const signalsTo = (saga: typeof waiting, id: string) =>
  Effect.gen(function* () {
    const sql = yield* InfraSql
    const executionId = yield* Effect.flatMap(payloadOf(id), saga.flow.executionId)
    const [row] = yield* sql<{ readonly count: number }>`
      SELECT count(*)::int AS count FROM cluster.cluster_messages
      WHERE entity_id = ${executionId} AND tag = 'deferred'`
    return row?.count
  })

const untilEnded = (saga: typeof waiting, id: string) =>
  run(saga, id).pipe(
    Effect.delay("50 millis"),
    Effect.repeat({ until: (end) => end._tag === "Left" || end.right === "ended" }),
    Effect.timeoutFail({ duration: "20 seconds", onTimeout: () => `${id} did not end` })
  )

const asTenant = Effect.provideServiceEffect(
  Tenancy.Current,
  Effect.map(Identifier.uuid, (id) => Tenancy.system(Tenancy.Id.make(id), "test"))
)

layer(live.pipe(Layer.provideMerge(TestCluster.layer)), { timeout: "60 seconds", excludeTestServices: true })(
  "a saga that waits",
  (it) => {
    it.effect("gives way, and goes on when it is woken by whoever has decided", () =>
      Effect.gen(function* () {
        const timelines = yield* SagaTimeline
        const begun = yield* run(waiting, "big")
        const meanwhile = yield* timelines.of("Waiting", "big/1")
        yield* decide("big", "approved")
        yield* wake(waiting, "big", "approve")
        const end = yield* untilEnded(waiting, "big")

        const after = yield* timelines.of("Waiting", "big/1")
        assert.deepInclude(begun, { right: "waiting" })
        assert.deepInclude(end, { right: "ended" })
        assert.deepStrictEqual(yield* saidOf("big"), ["first", "approved", "last"])
        assert.deepStrictEqual(
          meanwhile.map(({ attempt, name, outcome }) => [name, attempt, outcome]),
          [
            ["first", 1, "succeeded"],
            ["approve", 0, "running"]
          ]
        )
        assert.deepStrictEqual(
          after.map(({ attempt, name, outcome }) => [name, attempt, outcome]),
          [
            ["first", 1, "succeeded"],
            ["approve", 0, "succeeded"],
            ["approve", 1, "succeeded"],
            ["last", 1, "succeeded"]
          ]
        )
      }).pipe(asTenant)
    )

    it.effect("undoes what was done when nobody comes in time", () =>
      Effect.gen(function* () {
        yield* run(waiting, "soon")
        const end = yield* untilEnded(waiting, "soon")

        assert.propertyVal(end._tag === "Left" ? end.left : {}, "reason", "nobody came")
        assert.deepStrictEqual(yield* saidOf("soon"), ["first", "nobody came", "undo-first", "undone"])
      }).pipe(asTenant)
    )

    it.effect("leaves a step out that has nothing to wait for, backwards too", () =>
      Effect.gen(function* () {
        const timelines = yield* SagaTimeline
        yield* run(waiting, "small")
        yield* run(failing, "small-failing")
        yield* decide("big-failing", "approved")
        yield* wake(failing, "big-failing", "approve")
        yield* untilEnded(failing, "big-failing")

        const undone = ["undo-first", "undone"]
        assert.deepStrictEqual(yield* saidOf("small"), ["first", "last"])
        assert.deepStrictEqual(yield* saidOf("small-failing"), ["first", ...undone])
        assert.deepStrictEqual(yield* saidOf("big-failing"), ["first", "approved", "undo-approve", ...undone])
        const steps = yield* timelines.of("Failing", "small-failing/1")
        assert.deepStrictEqual(
          steps.map(({ name }) => name),
          ["first", "refusing", "first"]
        )
      }).pipe(asTenant)
    )

    it.effect("does not wait where it was woken before", () =>
      Effect.gen(function* () {
        yield* decide("early", "approved")
        yield* wake(waiting, "early", "approve")
        const early = yield* untilEnded(waiting, "early")

        assert.deepInclude(early, { right: "ended" })
      }).pipe(asTenant)
    )

    it.effect("is undone when it is cancelled while it waits", () =>
      Effect.gen(function* () {
        yield* run(waiting, "unwanted")
        yield* decide("unwanted", "cancelled")
        yield* wake(waiting, "unwanted", "approve")
        yield* untilEnded(waiting, "unwanted")

        assert.deepStrictEqual(yield* saidOf("unwanted"), ["first", "undo-approve", "undo-first", "undone"])
      }).pipe(asTenant)
    )

    it.effect("sleeps on when the transaction of whoever woke it rolls back, and under another tenant", () =>
      Effect.gen(function* () {
        const database = yield* Database
        yield* run(waiting, "asleep")
        yield* decide("asleep", "approved")
        yield* Effect.exit(
          database.transaction(
            Effect.zipRight(wake(waiting, "asleep", "approve"), Effect.fail("rolled back"))
          )
        )
        yield* asTenant(wake(waiting, "asleep", "approve"))
        const unheard = yield* signalsTo(waiting, "asleep")
        yield* database.transaction(wake(waiting, "asleep", "approve"))
        const heard = yield* signalsTo(waiting, "asleep")
        const end = yield* untilEnded(waiting, "asleep")

        assert.deepStrictEqual([unheard, heard], [0, 1])
        assert.deepInclude(end, { right: "ended" })
      }).pipe(asTenant)
    )
  }
)

layer(live.pipe(Layer.provideMerge(TestCluster.layer)), { timeout: "60 seconds", excludeTestServices: true })(
  "a step of a saga",
  (it) => {
    it.effect("is interrupted when an attempt takes too long, and tried again", () =>
      Effect.gen(function* () {
        const end = yield* run(timed, "slow")

        assert.propertyVal(end._tag === "Left" ? end.left : {}, "reason", "not yet")
        assert.deepStrictEqual(yield* saidOf("slow"), [
          "first",
          "moody",
          "interrupted",
          "moody",
          "undo-first",
          "undone"
        ])
      }).pipe(asTenant)
    )

    it.effect("is tried until it works once the pivot is done, whatever anybody wishes", () =>
      Effect.gen(function* () {
        const end = yield* run(pivoting, "onward")

        assert.deepInclude(end, { right: "ended" })
        assert.deepStrictEqual(yield* saidOf("onward"), [
          ...["first", "pivot", "moody", "interrupted", "moody", "moody", "moody", "last"]
        ])
      }).pipe(asTenant)
    )

    it.effect("shows as stuck when its undo has failed eight times, and is tried again on demand", () =>
      Effect.gen(function* () {
        const timelines = yield* SagaTimeline
        const begun = yield* run(stuck, "stuck")
        const list = yield* timelines.stuck("Stuck", 8)
        const theirs = yield* asTenant(timelines.stuck("Stuck", 8))
        yield* wake(stuck, "stuck", "stubborn", 8)
        const end = yield* untilEnded(stuck, "stuck")

        assert.deepInclude(begun, { right: "waiting" })
        assert.deepStrictEqual(
          list.map(({ attempt, direction, key, name }) => [key, name, direction, attempt]),
          [["stuck/1", "stubborn", "compensate", 8]]
        )
        assert.include(list[0]?.error, "the provider is away")
        assert.deepStrictEqual(theirs, [])
        assert.propertyVal(end._tag === "Left" ? end.left : {}, "reason", "no")
        assert.deepStrictEqual(yield* timelines.stuck("Stuck", 8), [])
      }).pipe(asTenant)
    )
  }
)
