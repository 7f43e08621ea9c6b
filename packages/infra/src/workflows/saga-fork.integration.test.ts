import { assert, layer } from "@effect/vitest"
import { Duration, Effect, Layer, Option, Ref } from "effect"
import { Identifier } from "../context/identifier.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { TestCluster } from "../testing/test-cluster.ts"
import { Saga } from "./saga.ts"
import { SagaTimeline } from "./saga-timeline.ts"

const trace = Ref.unsafeMake<ReadonlyArray<string>>([])
const said = ({ id, run }: Saga.Subject, what: string) =>
  Ref.update(trace, (all) => [...all, `${id} ${run}:${what}`])
/** What was done, each with the run under whose subject it was. */
const saidOf = (id: string) =>
  Effect.map(Ref.get(trace), (all) =>
    all.filter((one) => one.startsWith(`${id} `)).map((one) => one.slice(id.length + 1))
  )

/** Steps that say no at present, as `<id> <step>`: code that is fixed later. */
const broken = Ref.unsafeMake<ReadonlyArray<string>>([])
const breaks = (id: string, name: string) => Ref.update(broken, (all) => [...all, `${id} ${name}`])
/** Steps whose replica dies in the middle of them. */
const hanging = Ref.unsafeMake<ReadonlyArray<string>>([])

const step = (name: string): Saga.Step => ({
  name,
  maxAttempts: 3,
  run: (subject) =>
    Effect.gen(function* () {
      yield* said(subject, name)
      const isBroken = (yield* Ref.get(broken)).includes(`${subject.id} ${name}`)
      const hangs = (yield* Ref.get(hanging)).includes(`${subject.id} ${name}`)
      yield* Effect.when(Effect.never, () => hangs)
      yield* Effect.when(new Saga.Refused({ reason: `${name} said no`, uncertain: false }), () => isBroken)
    }),
  undo: (subject) => said(subject, `undo-${name}`)
})

/** Left out for subjects that are called small; days for those that are called big. */
const asks: Saga.Step = {
  ...step("asks"),
  waits: ({ id }) =>
    Effect.succeed(id.includes("big") ? Option.some(Duration.days(3)) : Option.none<Duration.Duration>())
}

const flow = Saga.define("Forked")
const definition: Saga.Definition = {
  steps: [step("a"), asks, step("b"), step("c"), step("d")],
  reads: () => Effect.void,
  guard: () => Effect.void,
  undoing: (subject) => said(subject, "undoing"),
  undone: (subject) => said(subject, "undone")
}
const live = Saga.layer(flow, Effect.succeed(definition))

const payloadOf = (id: string, run: number) =>
  Effect.map(Tenancy.Current, (actor) => ({ actor, subject: { id, run } }))
const run = (id: string, nth = 1) =>
  Effect.flatMap(payloadOf(id, nth), (payload) => Effect.either(Saga.run(flow, payload)))
const fork = (id: string, nth: number, from: string) =>
  Effect.flatMap(payloadOf(id, nth), (payload) => Saga.fork(flow, definition, { ...payload, step: from }))
const refusal = (id: string, nth: number, from: string) =>
  Effect.map(Effect.flip(fork(id, nth, from)), ({ _tag, reason, step: asked }) => [_tag, asked, reason])

const untilSaid = (id: string, what: string) =>
  saidOf(id).pipe(
    Effect.delay("30 millis"),
    Effect.repeat({ until: (all) => all.includes(what) }),
    Effect.timeoutFail({ duration: "20 seconds", onTimeout: () => `${id} did not come to ${what}` })
  )

const asTenant = Effect.provideServiceEffect(
  Tenancy.Current,
  Effect.map(Identifier.uuid, (id) => Tenancy.system(Tenancy.Id.make(id), "test"))
)

layer(live.pipe(Layer.provideMerge(TestCluster.layer)), { timeout: "60 seconds", excludeTestServices: true })(
  "a fork",
  (it) => {
    it.effect("takes the steps from its own on, as the next run, and none before", () =>
      Effect.gen(function* () {
        const timelines = yield* SagaTimeline
        yield* run("plain")
        const next = yield* fork("plain", 1, "c")
        const end = yield* run("plain", next.run)
        const shown = yield* timelines.of("Forked", "plain/2")

        assert.deepStrictEqual(next, { id: "plain", run: 2 })
        assert.deepInclude(end, { right: "ended" })
        assert.deepStrictEqual(yield* saidOf("plain"), ["1:a", "1:b", "1:c", "1:d", "2:c", "2:d"])
        assert.deepStrictEqual(
          shown.map(({ name }) => name),
          ["c", "d"]
        )
      }).pipe(asTenant)
    )

    it.effect("is one run however often it is asked for, also at once", () =>
      Effect.gen(function* () {
        yield* run("twice")
        const both = yield* Effect.all([fork("twice", 1, "d"), fork("twice", 1, "d")], {
          concurrency: "unbounded"
        })
        yield* run("twice", 2)
        const later = yield* fork("twice", 1, "d")
        yield* run("twice", 2)

        assert.deepStrictEqual(
          [...both, later].map((subject) => subject.run),
          [2, 2, 2]
        )
        assert.deepStrictEqual(yield* saidOf("twice"), ["1:a", "1:b", "1:c", "1:d", "2:d"])
      }).pipe(asTenant)
    )

    it.effect("that is undone undoes the steps of the earlier run under that run", () =>
      Effect.gen(function* () {
        yield* run("undone")
        yield* breaks("undone", "d")
        yield* fork("undone", 1, "c")
        const end = yield* run("undone", 2)

        assert.propertyVal(end._tag === "Left" ? end.left : {}, "reason", "d said no")
        assert.deepStrictEqual((yield* saidOf("undone")).slice(4), [
          ...["2:c", "2:d", "2:undoing", "2:undo-c", "1:undo-b", "1:undo-a", "2:undone"]
        ])
      }).pipe(asTenant)
    )

    it.effect("of a fork undoes each step under the run that really did it", () =>
      Effect.gen(function* () {
        yield* run("chain")
        yield* fork("chain", 1, "b")
        yield* run("chain", 2)
        yield* breaks("chain", "d")
        yield* fork("chain", 2, "c")
        yield* run("chain", 3)

        assert.deepStrictEqual((yield* saidOf("chain")).slice(7), [
          ...["3:c", "3:d", "3:undoing", "3:undo-c", "2:undo-b", "1:undo-a", "3:undone"]
        ])
      }).pipe(asTenant)
    )

    it.effect("from the first step is a run of its own, also of one that was undone", () =>
      Effect.gen(function* () {
        yield* breaks("anew", "b")
        yield* run("anew")
        yield* Ref.set(broken, [])
        yield* fork("anew", 1, "a")
        const end = yield* run("anew", 2)

        assert.deepInclude(end, { right: "ended" })
        assert.deepStrictEqual(yield* saidOf("anew"), [
          ...["1:a", "1:b", "1:undoing", "1:undo-a", "1:undone", "2:a", "2:b", "2:c", "2:d"]
        ])
      }).pipe(asTenant)
    )

    it.effect("is refused where it has nothing to stand on, and starts nothing", () =>
      Effect.gen(function* () {
        yield* run("good")
        yield* breaks("bad", "c")
        yield* run("bad")
        yield* run("big")
        yield* run("fallen")
        yield* breaks("fallen", "d")
        yield* fork("fallen", 1, "c")
        yield* run("fallen", 2)
        const tag = "Saga.CannotFork"
        const missing = (name: string, nth: number) =>
          `${name} has not succeeded in run ${nth}, or was undone there`

        assert.deepStrictEqual(yield* refusal("good", 1, "e"), [tag, "e", "there is no such step"])
        assert.deepStrictEqual(yield* refusal("good", 2, "b"), [tag, "b", "run 2 has not ended"])
        assert.deepStrictEqual(yield* refusal("big", 1, "b"), [tag, "b", "run 1 has not ended"])
        assert.deepStrictEqual(yield* refusal("bad", 1, "b"), [tag, "b", missing("a", 1)])
        assert.deepStrictEqual(yield* refusal("fallen", 2, "c"), [tag, "c", missing("a", 2)])
        assert.deepStrictEqual(yield* refusal("good", 1, "b").pipe(asTenant), [
          ...[tag, "b", "run 1 has not ended"]
        ])
        assert.deepStrictEqual(yield* saidOf("good"), ["1:a", "1:b", "1:c", "1:d"])
      }).pipe(asTenant)
    )
  }
)

/** Everything of the replica is gone after it, as when it died. */
const onReplica = Effect.provide(live.pipe(Layer.provideMerge(TestCluster.on({}))))

layer(TestCluster.database, { timeout: "60 seconds", excludeTestServices: true })(
  "a fork whose replica dies",
  (it) => {
    it.effect("goes on elsewhere at the step that was under way, and is undone there", () =>
      Effect.gen(function* () {
        yield* Effect.zipRight(run("moved"), Ref.set(hanging, ["moved d"])).pipe(
          Effect.zipRight(fork("moved", 1, "c")),
          Effect.zipRight(untilSaid("moved", "2:d")),
          onReplica,
          Effect.scoped
        )
        yield* Ref.set(hanging, [])
        yield* breaks("moved", "d")
        const end = yield* run("moved", 2).pipe(onReplica, Effect.scoped)

        assert.propertyVal(end._tag === "Left" ? end.left : {}, "reason", "d said no")
        assert.deepStrictEqual((yield* saidOf("moved")).slice(4), [
          ...["2:c", "2:d", "2:d", "2:undoing", "2:undo-c", "1:undo-b", "1:undo-a", "2:undone"]
        ])
      }).pipe(asTenant)
    )
  }
)
