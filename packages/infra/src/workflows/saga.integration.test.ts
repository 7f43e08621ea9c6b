import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Ref } from "effect"
import { Identifier } from "../context/identifier.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { TestCluster } from "../testing/test-cluster.ts"
import { Saga } from "./saga.ts"
import { SagaTimeline } from "./saga-timeline.ts"

const trace = Ref.unsafeMake<ReadonlyArray<string>>([])

/**
 * Subject ids are scripts: `b!` refuses at b, `b?` refuses uncertainly, `b~` has trouble at b for three
 * attempts.
 */
const said = (subject: Saga.Subject, what: string) =>
  Ref.update(trace, (all) => [...all, `${subject.id}:${what}`])

const step = (name: string): Saga.Step => ({
  name,
  maxAttempts: 3,
  run: (subject) =>
    Effect.gen(function* () {
      yield* said(subject, name)
      yield* Effect.when(Effect.dieMessage("no answer"), () => subject.id.includes(`${name}~`))
      yield* Effect.when(
        new Saga.Refused({ reason: `${name} said no`, uncertain: subject.id.includes(`${name}?`) }),
        () => subject.id.includes(`${name}!`) || subject.id.includes(`${name}?`)
      )
    }),
  undo: (subject) => said(subject, `undo-${name}`)
})

const flow = Saga.define("Scripted")

const live = Saga.layer(
  flow,
  Effect.succeed<Saga.Definition>({
    steps: [step("a"), step("b"), step("c")],
    reads: () => Effect.void,
    guard: () => Effect.void,
    undoing: (subject) => said(subject, "undoing"),
    undone: (subject) => said(subject, "undone")
  })
)

const run = (id: string) =>
  Effect.gen(function* () {
    const actor = yield* Tenancy.Current
    const exit = yield* Effect.either(flow.execute({ actor, subject: { id, run: 1 } }))
    const all = yield* Ref.get(trace)
    const own = all.filter((entry) => entry.startsWith(`${id}:`)).map((entry) => entry.slice(id.length + 1))
    return { exit, own }
  })

const asTenant = Effect.provideServiceEffect(
  Tenancy.Current,
  Effect.map(Identifier.uuid, (id) => Tenancy.system(Tenancy.Id.make(id), "test"))
)

layer(live.pipe(Layer.provideMerge(TestCluster.layer)), { timeout: "60 seconds", excludeTestServices: true })(
  "Saga",
  (it) => {
    it.effect("runs its steps in order, each once", () =>
      Effect.gen(function* () {
        const { exit, own } = yield* run("plain")

        assert.strictEqual(exit._tag, "Right")
        assert.deepStrictEqual(own, ["a", "b", "c"])
      }).pipe(asTenant)
    )

    it.effect("undoes what was done in reverse order when a step refuses, and fails with its reason", () =>
      Effect.gen(function* () {
        const { exit, own } = yield* run("c!")

        assert.deepStrictEqual(own, ["a", "b", "c", "undoing", "undo-b", "undo-a", "undone"])
        assert.propertyVal(exit._tag === "Left" ? exit.left : {}, "reason", "c said no")
      }).pipe(asTenant)
    )

    it.effect("undoes the refusing step too when its effect is uncertain", () =>
      Effect.gen(function* () {
        const { own } = yield* run("b?")

        assert.deepStrictEqual(own, ["a", "b", "undoing", "undo-b", "undo-a", "undone"])
      }).pipe(asTenant)
    )

    it.effect("tries a step without an answer again and gives up as uncertain", () =>
      Effect.gen(function* () {
        const { own } = yield* run("b~")

        assert.deepStrictEqual(own, ["a", "b", "b", "b", "undoing", "undo-b", "undo-a", "undone"])
      }).pipe(asTenant)
    )

    it.effect("answers a second start with the stored end and runs nothing again", () =>
      Effect.gen(function* () {
        yield* run("again")
        const { exit, own } = yield* run("again")

        assert.strictEqual(exit._tag, "Right")
        assert.deepStrictEqual(own, ["a", "b", "c"])
      }).pipe(asTenant)
    )

    it.effect("shows each attempt with its direction and end in the timeline of its tenant only", () =>
      Effect.gen(function* () {
        const timelines = yield* SagaTimeline
        yield* run("timeline-b!")

        const mine = yield* timelines.of("Scripted", "timeline-b!/1")
        const theirs = yield* timelines.of("Scripted", "timeline-b!/1").pipe(asTenant)

        assert.deepStrictEqual(
          mine.map(({ name, direction, outcome, replica }) => [name, direction, outcome, replica]),
          [
            ["a", "forward", "succeeded", "test"],
            ["b", "forward", "failed", "test"],
            ["a", "compensate", "succeeded", "test"]
          ]
        )
        assert.strictEqual(theirs.length, 0)
      }).pipe(asTenant)
    )

    it.effect("leaves an attempt ended that a replica begins late which has lost the saga", () =>
      Effect.gen(function* () {
        const timelines = yield* SagaTimeline
        const attempt = {
          saga: "Scripted",
          key: "late/1",
          step: "a",
          direction: "forward",
          attempt: 1
        } as const
        yield* timelines.started(attempt, Effect.void)
        yield* timelines.ended(attempt, null)
        yield* timelines.started(attempt, Effect.void)

        const [entry] = yield* timelines.of("Scripted", "late/1")
        assert.strictEqual(entry?.outcome, "succeeded")
        assert.isNotNull(entry?.endedAt)
      }).pipe(asTenant)
    )
  }
)
