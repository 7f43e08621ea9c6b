import { type Workflow } from "@effect/workflow"
import { Array as Arr, Effect, Option, Schema } from "effect"
import { SagaCannotFork } from "./saga-cannot-fork.ts"
import { type SagaPlan } from "./saga-plan.ts"
import { SagaTimeline } from "./saga-timeline.ts"

/**
 * Stored with the run: its first step, and for each step before that the run which did it. A step that was
 * left out is in neither.
 */
const _From = Schema.Struct({
  step: Schema.String,
  done: Schema.Array(Schema.Struct({ step: Schema.String, run: Schema.Int }))
})

declare namespace SagaFork {
  type From = typeof _From.Type
  type Steps<Known> = ReadonlyArray<Pick<SagaPlan.Step<Known>, "name" | "waits">>
  type Ask<Known> = {
    readonly saga: string
    readonly steps: SagaFork.Steps<Known>
    /** The run that is forked, and what became of it. */
    readonly subject: SagaPlan.Subject
    readonly end: Workflow.Result<unknown, unknown> | undefined
    readonly step: string
  }
  /** A step that the run stands on, and the subject under which it was done: maybe that of an older run. */
  type Reached<Known> = { readonly step: SagaPlan.Step<Known>; readonly of: SagaPlan.Subject }
}

/** A run that begins at a later step, on what an earlier run has done. */
const SagaFork = {
  From: _From,
  /** Refused unless the earlier run has ended and each step before this one stands, or was left out there. */
  from: <Known>({ end, saga, step, steps, subject }: SagaFork.Ask<Known>) =>
    Effect.gen(function* () {
      const cannot = (reason: string) => new SagaCannotFork({ step, reason })
      const place = yield* Effect.mapError(
        Arr.findFirstIndex(steps, ({ name }) => name === step),
        () => cannot("there is no such step")
      )
      const isOver = end !== undefined && end._tag === "Complete"
      const isUndone = isOver && end.exit._tag === "Failure"
      yield* Effect.unless(cannot(`run ${subject.run} has not ended`), () => isOver)
      const timeline = yield* SagaTimeline
      const standing = yield* timeline.standing(saga, subject)
      const done = steps
        .slice(0, place)
        .map((before) => ({ before, run: Arr.findFirst(standing, ({ name }) => name === before.name) }))
      const missing = Arr.findFirst(
        done,
        ({ before, run }) => Option.isNone(run) && (isUndone || before.waits === undefined)
      )
      yield* Option.match(missing, {
        onNone: () => Effect.void,
        onSome: ({ before: { name } }) =>
          cannot(`${name} has not succeeded in run ${subject.run}, or was undone there`)
      })
      return _From.make({
        step,
        done: done.flatMap(({ before, run }) =>
          Option.toArray(Option.map(run, (one) => ({ step: before.name, run: one.run })))
        )
      })
    }),
  /** Of the steps: the index of the first that this run takes itself. */
  first: <Known>(steps: SagaFork.Steps<Known>, from: SagaFork.From | undefined): Effect.Effect<number> =>
    from === undefined
      ? Effect.succeed(0)
      : // A name is a promise. Where it is broken, nothing is done rather than everything once more.
        Effect.orDie(Arr.findFirstIndex(steps, ({ name }) => name === from.step)),
  /** What earlier runs have done for this one, in order. */
  stands: <Known>(
    steps: ReadonlyArray<SagaPlan.Step<Known>>,
    { id }: SagaPlan.Subject,
    from: SagaFork.From | undefined
  ): ReadonlyArray<SagaFork.Reached<Known>> =>
    steps.flatMap((step) =>
      (from?.done ?? []).filter((one) => one.step === step.name).map(({ run }) => ({ step, of: { id, run } }))
    )
} as const

export { SagaFork }
