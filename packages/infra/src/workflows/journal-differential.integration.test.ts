import { assert, describe, it } from "@effect/vitest"
import { Activity, DurableClock, DurableDeferred, Workflow, type WorkflowEngine } from "@effect/workflow"
import { Cause, Context, Effect, Exit, Fiber, Layer, Option, Ref, Schema } from "effect"
import { MessageStore } from "../cluster/message-store.ts"
import { TestCluster } from "../testing/test-cluster.ts"

class Refused extends Schema.TaggedError<Refused>()("Refused", { reason: Schema.String }) {}

/** What the activities and bodies of one cluster did, as `<workflow>:<what>`, in order. */
class Trace extends Context.Tag("test/Trace")<Trace, Ref.Ref<ReadonlyArray<string>>>() {}

const note = (what: string) =>
  Effect.flatMap(
    Trace,
    Ref.update((all) => [...all, what])
  )
const count = (what: string) =>
  Effect.map(Effect.flatMap(Trace, Ref.get), (all) => all.filter((one) => one === what).length)

const until = (what: string) =>
  Effect.flatMap(Trace, Ref.get).pipe(
    Effect.delay("20 millis"),
    Effect.repeat({ until: (all) => all.includes(what) }),
    Effect.timeoutFail({ duration: "30 seconds", onTimeout: () => `never: ${what}` })
  )

const flow = <Name extends string>(name: Name) =>
  Workflow.make({
    name,
    payload: { id: Schema.String },
    success: Schema.Unknown,
    error: Refused,
    idempotencyKey: ({ id }) => id
  })

const step = <R>(name: string, run: Effect.Effect<string, never, R>) =>
  Activity.make({ name, success: Schema.String, execute: Effect.zipRight(note(name), run) })
const plain = (name: string) => step(name, Effect.succeed(name))

const asleep = (workflow: ReturnType<typeof flow>, executionId: string) =>
  workflow
    .poll(executionId)
    .pipe(
      Effect.delay("50 millis"),
      Effect.repeat({ until: (result) => result?._tag === "Suspended" }),
      Effect.timeoutFail({ duration: "30 seconds", onTimeout: () => "it never slept" })
    )
const ended = (workflow: ReturnType<typeof flow>, executionId: string) =>
  workflow.poll(executionId).pipe(
    Effect.delay("50 millis"),
    Effect.repeat({ until: (result) => result?._tag === "Complete" }),
    Effect.flatMap((result) => (result?._tag === "Complete" ? result.exit : Effect.dieMessage("no end"))),
    Effect.timeoutFail({ duration: "30 seconds", onTimeout: () => "it never ended" })
  )
const run = (workflow: ReturnType<typeof flow>) => workflow.execute({ id: "1" })

const Values = flow("Values")
const Failing = flow("Failing")
const Retried = flow("Retried")
const Signalled = flow("Signalled")
const Slept = flow("Slept")
const Napped = flow("Napped")
const Interrupted = flow("Interrupted")
const Resumed = flow("Resumed").annotate(Workflow.SuspendOnFailure, true)
const Twice = flow("Twice")
const Dying = flow("Dying").annotate(Workflow.CaptureDefects, false)
const Captured = flow("Captured")
const Raced = flow("Raced")
const Parallel = flow("Parallel")
const Repeated = flow("Repeated")
const Nested = flow("Nested")
const Inside = flow("Inside")
const Child = flow("Child")
const Parent = flow("Parent")

type Needs = Trace | MessageStore | WorkflowEngine.WorkflowEngine

const signal = DurableDeferred.make("signal", { success: Schema.String })
const answer = (workflow: ReturnType<typeof flow>, executionId: string) =>
  DurableDeferred.succeed(signal, {
    token: DurableDeferred.tokenFromExecutionId(signal, { workflow, executionId }),
    value: "yes"
  })

const bodies = Layer.mergeAll(
  Values.toLayer(() =>
    Effect.gen(function* () {
      const at = yield* Activity.make({
        name: "values/date",
        success: Schema.Struct({ at: Schema.Date, none: Schema.OptionFromNullOr(Schema.Number) }),
        execute: Effect.succeed({ at: new Date(0), none: Option.none() })
      })
      const nothing = yield* Activity.make({ name: "values/void", execute: note("void") })
      return [at.at.getTime(), Option.isNone(at.none), nothing === undefined, yield* plain("values/text")]
    })
  ),
  Failing.toLayer(() =>
    Effect.gen(function* () {
      const caught = yield* Activity.make({
        name: "failing/first",
        error: Refused,
        execute: Effect.zipRight(note("failing/first"), new Refused({ reason: "first" }))
      }).pipe(Effect.flip, Effect.orDie)
      yield* plain(`failing/${caught.reason}/${caught instanceof Refused}`)
      return yield* Activity.make({
        name: "failing/last",
        error: Refused,
        execute: new Refused({ reason: "last" })
      })
    })
  ),
  Retried.toLayer(() =>
    Activity.make({
      name: "retried",
      success: Schema.Number,
      error: Refused,
      execute: Effect.gen(function* () {
        const attempt = yield* Activity.CurrentAttempt
        yield* note(`retried/${attempt}`)
        return yield* attempt < 3 ? new Refused({ reason: String(attempt) }) : Effect.succeed(attempt)
      })
    }).pipe(Activity.retry({ times: 5 }))
  ),
  Signalled.toLayer(() =>
    Effect.gen(function* () {
      yield* plain("signalled/before")
      const value = yield* DurableDeferred.await(signal)
      yield* plain("signalled/after")
      return value
    })
  ),
  Slept.toLayer(() =>
    Effect.gen(function* () {
      yield* plain("slept/before")
      yield* DurableClock.sleep({ name: "long", duration: "300 millis", inMemoryThreshold: "1 millis" })
      return yield* plain("slept/after")
    })
  ),
  Napped.toLayer(() =>
    Effect.gen(function* () {
      yield* plain("napped/before")
      yield* DurableClock.sleep({ name: "short", duration: "50 millis" })
      return yield* plain("napped/after")
    })
  ),
  Interrupted.toLayer(() =>
    Effect.gen(function* () {
      yield* plain("interrupted/done").pipe(
        Interrupted.withCompensation(() => Effect.asVoid(plain("interrupted/undone")))
      )
      yield* DurableDeferred.await(signal)
      return yield* plain("interrupted/never")
    })
  ),
  Resumed.toLayer(() =>
    Effect.gen(function* () {
      yield* plain("resumed/first")
      return yield* step(
        "resumed/second",
        Effect.flatMap(count("resumed/second"), (times) =>
          times < 2 ? Effect.dieMessage("not yet") : Effect.succeed("now")
        )
      )
    })
  ),
  Twice.toLayer(() => plain("twice")),
  Dying.toLayer(() =>
    Effect.gen(function* () {
      yield* plain("dying/first")
      return yield* step(
        "dying/second",
        Effect.flatMap(count("dying/second"), (times) =>
          times < 2 ? Effect.dieMessage("lost") : Effect.succeed("found")
        )
      )
    })
  ),
  Captured.toLayer(() => step("captured", Effect.dieMessage("for good"))),
  Raced.toLayer(() =>
    Activity.raceAll("winner", [step("raced/slow", Effect.never), plain("raced/fast")]).pipe(
      Effect.tap(() => plain("raced/after")),
      Effect.orDie
    )
  ),
  Parallel.toLayer(() =>
    Effect.all(
      ["a", "b", "c", "d"].map((name) =>
        step(`parallel/${name}`, Effect.delay(Effect.succeed(name), "20 millis"))
      ),
      { concurrency: "unbounded" }
    )
  ),
  Repeated.toLayer(() => Effect.all([plain("repeated"), plain("repeated"), plain("repeated")])),
  Nested.toLayer(() =>
    Activity.make({
      name: "nested/outer",
      success: Schema.String,
      execute: Effect.flatMap(plain("nested/inner"), (inner) => Effect.succeed(`outer of ${inner}`))
    }).pipe(Effect.zipWith(plain("nested/next"), (one, other) => [one, other]))
  ),
  Inside.toLayer(() =>
    Activity.make({
      name: "inside/waits",
      success: Schema.String,
      execute: DurableDeferred.await(signal)
    }).pipe(Effect.tap(() => plain("inside/after")))
  ),
  Child.toLayer(() => Effect.zipRight(plain("child/step"), new Refused({ reason: "child" }))),
  Parent.toLayer(({ id }) =>
    Effect.gen(function* () {
      yield* plain("parent/before")
      const refusal = yield* Child.execute({ id }).pipe(Effect.flip, Effect.orDie)
      yield* plain("parent/after")
      return String(refusal)
    })
  )
)

const scenarios: Readonly<Record<string, Effect.Effect<unknown, unknown, Needs>>> = {
  values: run(Values),
  failing: run(Failing),
  retried: run(Retried),
  signalled: Effect.gen(function* () {
    const id = yield* Signalled.execute({ id: "1" }, { discard: true })
    yield* asleep(Signalled, id)
    yield* answer(Signalled, id)
    return yield* ended(Signalled, id)
  }),
  slept: run(Slept),
  napped: run(Napped),
  interrupted: Effect.gen(function* () {
    const id = yield* Interrupted.execute({ id: "1" }, { discard: true })
    yield* asleep(Interrupted, id)
    yield* Interrupted.interrupt(id)
    yield* until("interrupted/undone")
    return yield* ended(Interrupted, id)
  }),
  resumed: Effect.gen(function* () {
    const id = yield* Resumed.execute({ id: "1" }, { discard: true })
    yield* asleep(Resumed, id)
    yield* Resumed.resume(id)
    // Stock offers a run again that it takes for running still, when it is resumed at once after its reply.
    const again = Effect.flatMap(MessageStore, (store) => store.reread(0))
    const offering = yield* Effect.fork(Effect.forever(Effect.delay(again, "200 millis")))
    return yield* Effect.ensuring(ended(Resumed, id), Fiber.interrupt(offering))
  }),
  twice: Effect.all([run(Twice), run(Twice)], { concurrency: 2 }).pipe(
    Effect.zipWith(run(Twice), (both, last) => [...both, last])
  ),
  dying: run(Dying),
  captured: run(Captured),
  raced: run(Raced),
  parallel: run(Parallel),
  repeated: run(Repeated),
  nested: run(Nested),
  inside: Effect.gen(function* () {
    const id = yield* Inside.execute({ id: "1" }, { discard: true })
    yield* asleep(Inside, id)
    yield* answer(Inside, id)
    return yield* ended(Inside, id)
  }),
  parent: run(Parent)
}

const shown = (exit: Exit.Exit<unknown, unknown>) =>
  Exit.match(exit, {
    onSuccess: (value) => ({ value }),
    onFailure: (cause) => ({
      failures: [...Cause.failures(cause)].map(String),
      defects: [...Cause.defects(cause)].map(String),
      isInterrupted: Cause.isInterrupted(cause)
    })
  })

const outcomes = (journal: "on" | "off") =>
  Effect.gen(function* () {
    const trace = yield* Ref.make<ReadonlyArray<string>>([])
    const cluster = Layer.merge(bodies, MessageStore.layer).pipe(
      Layer.provideMerge(TestCluster.layerWith({ journal })),
      Layer.provideMerge(Layer.succeed(Trace, trace))
    )
    const ends = yield* Effect.all(
      Object.entries(scenarios).map(([name, scenario]) =>
        Effect.map(Effect.exit(scenario), (exit) => [name, shown(exit)] as const)
      ),
      { concurrency: 6 }
    ).pipe(Effect.provide(cluster), Effect.scoped)
    return { ends: Object.fromEntries(ends), did: [...(yield* Ref.get(trace))].sort() }
  })

describe("the journal engine", () => {
  it.live(
    "does and answers what the stock engine does and answers",
    () =>
      Effect.gen(function* () {
        const stock = yield* outcomes("off")
        const ours = yield* outcomes("on")

        assert.deepStrictEqual(ours, stock)
      }),
    120_000
  )
})
