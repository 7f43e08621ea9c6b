import { type WorkflowEngine } from "@effect/workflow"
import { Cause, Duration, Effect, Option, Schema } from "effect"
import { type Tenancy } from "../tenancy/tenancy.ts"
import { Failpoint } from "../testing/failpoint.ts"
import { LocalActivity } from "./local-activity.ts"
import { SagaNote } from "./saga-note.ts"
import { SagaPause } from "./saga-pause.ts"
import { SagaRefused } from "./saga-refused.ts"
import { SagaTimeline } from "./saga-timeline.ts"
import { SagaWait } from "./saga-wait.ts"
import { StepActivity } from "./step-activity.ts"

declare namespace SagaMove {
  type Subject = { readonly id: string; readonly run: number }
  /** How long the step waits to be woken before its first attempt; none: it is left out. Asked once. */
  type Waits = Effect.Effect<Option.Option<Duration.Duration>, never, Tenancy.Current>
  type Work = Effect.Effect<void, SagaRefused, Tenancy.Current>
  type Move = {
    readonly saga: string
    readonly subject: SagaMove.Subject
    readonly step: string
    readonly direction: "forward" | "compensate"
    /** Reads what the attempt needs to know, in the transaction that notes its start, and gives its work. */
    readonly begin: Effect.Effect<SagaMove.Work, SagaRefused, Tenancy.Current>
    /** None where the step never waits. Backwards it only tells whether the step was left out. */
    readonly waits: Option.Option<SagaMove.Waits>
    readonly maxAttempts: number
    readonly backoff: SagaPause.Backoff
    /** Of one attempt, which is interrupted then and counts as trouble. */
    readonly timeout: Duration.DurationInput
    /** Only touches our database: it commits together with its journal row. */
    readonly local: boolean
  }
}

const _activity = StepActivity.of(Schema.Literal("done", "trouble"), SagaRefused)
const _opening = SagaNote.of(Schema.NullOr(Schema.Number))
const _closing = SagaNote.of(Schema.Void)

type _Moved<E> = Effect.Effect<
  void,
  E,
  | Tenancy.Current
  | SagaTimeline
  | LocalActivity
  | WorkflowEngine.WorkflowEngine
  | WorkflowEngine.WorkflowInstance
>

const _about = (move: SagaMove.Move, attempt: number): SagaTimeline.Attempt => ({
  saga: move.saga,
  key: SagaMove.key(move.subject),
  step: move.step,
  direction: move.direction,
  attempt
})

/** Milliseconds, or null where the step is left out: in the journal from the way forward on. */
const _opens = (move: SagaMove.Move, waits: SagaMove.Waits) =>
  _opening(
    `forward/${move.step}/opens`,
    Effect.flatMap(
      waits,
      Option.match({
        onNone: () => Effect.succeed(null),
        onSome: (duration) =>
          Effect.flatMap(SagaTimeline, (timeline) =>
            timeline.started(_about(move, 0), Effect.succeed(Duration.toMillis(duration)))
          )
      })
    )
  )

/** The timeline shows the wait as attempt 0. */
const _wait = (move: SagaMove.Move, millis: number): _Moved<never> =>
  Effect.gen(function* () {
    const timeline = yield* SagaTimeline
    const about = _about(move, 0)
    yield* SagaWait.until(about, millis)
    yield* _closing(`forward/${move.step}/closes`, timeline.ended(about, null))
  })

const _before = { forward: _wait, compensate: () => Effect.void } as const

const _afterWait = (move: SagaMove.Move, waits: SagaMove.Waits): _Moved<SagaRefused> =>
  Effect.flatMap(_opens(move, waits), (millis) =>
    millis === null ? Effect.void : Effect.zipRight(_before[move.direction](move, millis), _attempts(move, 1))
  )

/** One step until it is done, with a durable pause between attempts. */
const _attempts = (move: SagaMove.Move, attempt: number): _Moved<SagaRefused> =>
  Effect.flatMap(_attempt(move, attempt), (result) =>
    result === "done"
      ? Effect.void
      : Effect.zipRight(_pauseOrGiveUp(move, attempt), _attempts(move, attempt + 1))
  )

const _pauseOrGiveUp = (move: SagaMove.Move, attempt: number) =>
  attempt < move.maxAttempts
    ? SagaPause.after(_about(move, attempt), SagaMove.key(move.subject), move.backoff)
    : Effect.fail(
        new SagaRefused({ reason: `${move.step}: no answer after ${attempt} attempts`, uncertain: true })
      )

const _attempt = (move: SagaMove.Move, attempt: number) =>
  _activity({
    name: `${move.direction}/${move.step}/${attempt}`,
    execute: Effect.gen(function* () {
      const timeline = yield* SagaTimeline
      const about = _about(move, attempt)
      const local = yield* LocalActivity
      // A local attempt is one transaction: nobody could see it running.
      const whole = Effect.zipLeft(Effect.flatten(move.begin), timeline.ended(about, null))
      const done = move.local
        ? local.commit(whole, "done")
        : Effect.flatten(timeline.started(about, move.begin))
      const inTime = Effect.timeoutFailCause(done, {
        duration: move.timeout,
        onTimeout: () => Cause.die(new Cause.TimeoutException(`${move.step} took too long`))
      })
      return yield* Failpoint.around(`saga.${move.step}.${move.direction}`, inTime).pipe(
        Effect.matchCauseEffect({
          onSuccess: () =>
            Effect.as(
              Effect.unless(timeline.ended(about, null), () => move.local),
              "done" as const
            ),
          onFailure: (cause) => _judge(cause, (error) => timeline.ended(about, error))
        })
      )
    }).pipe(
      // The timeline itself may meet a lost database.
      Effect.catchAllDefect(() => Effect.succeed("trouble" as const)),
      Effect.annotateLogs({ saga: move.saga, step: move.step, subject: move.subject.id })
    )
  })

/** A refusal fails the step; an interrupt is the replica leaving and passes through; the rest is trouble. */
const _judge = (
  cause: Cause.Cause<SagaRefused>,
  ended: (error: string) => Effect.Effect<void, never, Tenancy.Current>
) =>
  Option.match(Cause.failureOption(cause), {
    onSome: (refusal) => Effect.zipRight(ended(refusal.reason), Effect.fail(refusal)),
    onNone: () =>
      Cause.isInterrupted(cause)
        ? Effect.failCause(cause)
        : Effect.logWarning("a saga step had trouble", cause).pipe(
            Effect.zipRight(ended(Cause.pretty(cause).split("\n").at(0)?.slice(0, 500) ?? "trouble")),
            Effect.as("trouble" as const)
          )
  })

/** One step of a saga in one direction: its wait, an activity per attempt, durable pauses between them. */
const SagaMove = {
  key: (subject: SagaMove.Subject): string => `${subject.id}/${subject.run}`,
  run: (move: SagaMove.Move): _Moved<SagaRefused> =>
    Option.match(move.waits, {
      onNone: () => _attempts(move, 1),
      onSome: (waits) => _afterWait(move, waits)
    })
} as const

export { SagaMove }
