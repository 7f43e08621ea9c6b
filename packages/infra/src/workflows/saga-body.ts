import { Array as Arr, Duration, Effect, Option, Schema } from "effect"
import { SagaFork } from "./saga-fork.ts"
import { SagaMove } from "./saga-move.ts"
import { SagaNote } from "./saga-note.ts"
import { SagaPause } from "./saga-pause.ts"
import { type SagaPlan } from "./saga-plan.ts"
import { SagaRefused } from "./saga-refused.ts"
import { SagaUndone } from "./saga-undone.ts"

const _note = SagaNote.of(Schema.Void)

/** An undo never gives up by itself, nor does what follows the pivot; the timeline shows every attempt. */
const _forEver = Number.MAX_SAFE_INTEGER

const _timeout = Duration.minutes(1)

/** Nothing is undone any more, so a refusal is trouble like any other. */
const _refusesNothing = <R>(run: Effect.Effect<void, SagaRefused, R>) =>
  Effect.orDieWith(run, ({ reason }) => new Error(`refused after the pivot: ${reason}`))

/**
 * Uncertain, because the step may be a repetition after a crash: its effect may stand although nobody noted
 * it.
 */
const _guarded = <Known>(definition: SagaPlan.Definition<Known>, known: Known) =>
  Effect.mapError(definition.guard(known), ({ reason }) => new SagaRefused({ reason, uncertain: true }))

const _common = <Known>(saga: string, subject: SagaPlan.Subject, step: SagaPlan.Step<Known>) => ({
  saga,
  subject,
  step: step.name,
  waits: Option.map(Option.fromNullable(step.waits), (waits) => waits(subject)),
  backoff: { ...SagaPause.backoff, ...step.backoff },
  timeout: step.timeout ?? _timeout,
  local: step.local ?? false
})

const _forward = <Known>(saga: string, definition: SagaPlan.Definition<Known>, subject: SagaPlan.Subject) => {
  const pivot = definition.steps.findIndex((step) => step.pivot === true)
  return definition.steps.map((step, index) => {
    const isPastPivot = pivot >= 0 && index > pivot
    return SagaMove.run({
      ..._common(saga, subject, step),
      direction: "forward",
      begin: Effect.flatMap(definition.reads(subject), (known) =>
        isPastPivot
          ? Effect.succeed(_refusesNothing(step.run(subject, known)))
          : Effect.as(_guarded(definition, known), step.run(subject, known))
      ),
      maxAttempts: isPastPivot ? _forEver : step.maxAttempts
    })
  })
}

/** Attempts and pauses are this run's. What an earlier run has done was not left out there. */
const _backward = <Known>(
  saga: string,
  subject: SagaPlan.Subject,
  step: SagaPlan.Step<Known>,
  of: SagaPlan.Subject
) => {
  const common = _common(saga, subject, step)
  return { ...common, waits: of.run === subject.run ? common.waits : Option.none() }
}

const _undo = <Known>(
  saga: string,
  definition: SagaPlan.Definition<Known>,
  subject: SagaPlan.Subject,
  reason: string,
  reached: ReadonlyArray<SagaFork.Reached<Known>>
) =>
  Effect.gen(function* () {
    yield* _note(`${saga}/undoing`, definition.undoing(subject, reason))
    yield* Effect.forEach(
      Arr.reverse(reached),
      ({ of, step }) =>
        Effect.orDie(
          SagaMove.run({
            ..._backward(saga, subject, step, of),
            direction: "compensate",
            begin: Effect.succeed(step.undo(of)),
            maxAttempts: _forEver
          })
        ),
      { discard: true }
    )
    yield* _note(`${saga}/undone`, definition.undone(subject, reason))
    return yield* new SagaUndone({ reason })
  })

/**
 * What the workflow of a saga does: its steps forward, and on a refusal the reached ones backwards. A fork
 * begins at its own first step, and undoes what the runs before it have done under their subjects.
 */
const SagaBody = {
  run: <Known>(
    saga: string,
    definition: SagaPlan.Definition<Known>,
    subject: SagaPlan.Subject,
    from: SagaFork.From | undefined
  ) =>
    Effect.gen(function* () {
      const first = yield* SagaFork.first(definition.steps, from)
      const stopped = yield* Effect.forEach(_forward(saga, definition, subject).slice(first), (move, index) =>
        Effect.mapError(move, (refusal) => ({ refusal, index: first + index }))
      ).pipe(Effect.flip, Effect.option)
      yield* Option.match(stopped, {
        onNone: () => Effect.void,
        onSome: ({ refusal, index }) => {
          const own = definition.steps.slice(first, refusal.uncertain ? index + 1 : index)
          const reached = [
            ...SagaFork.stands(definition.steps, subject, from),
            ...own.map((step) => ({ step, of: subject }))
          ]
          return _undo(saga, definition, subject, refusal.reason, reached)
        }
      })
    })
} as const

export { SagaBody }
