import { DurableClock, type WorkflowEngine } from "@effect/workflow"
import { Cause, Duration, Effect, Option, Schema } from "effect"
import { type Tenancy } from "../tenancy/tenancy.ts"
import { Failpoint } from "../testing/failpoint.ts"
import { LocalActivity } from "./local-activity.ts"
import { SagaRefused } from "./saga-refused.ts"
import { SagaTimeline } from "./saga-timeline.ts"
import { StepActivity } from "./step-activity.ts"

declare namespace SagaMove {
  type Subject = { readonly id: string; readonly run: number }
  type Move = {
    readonly saga: string
    readonly subject: SagaMove.Subject
    readonly step: string
    readonly direction: "forward" | "compensate"
    readonly run: Effect.Effect<void, SagaRefused, Tenancy.Current>
    readonly maxAttempts: number
    /** Only touches our database: it commits together with its journal row. */
    readonly local: boolean
  }
}

const _activity = StepActivity.of(Schema.Literal("done", "trouble"), SagaRefused)

const _pause = (attempt: number) => Duration.millis(Math.min(30_000, 250 * 2 ** Math.min(10, attempt)))

/** One step until it is done, with a durable pause between attempts. */
const _run = (
  move: SagaMove.Move,
  attempt = 1
): Effect.Effect<
  void,
  SagaRefused,
  | Tenancy.Current
  | SagaTimeline
  | LocalActivity
  | WorkflowEngine.WorkflowEngine
  | WorkflowEngine.WorkflowInstance
> =>
  Effect.flatMap(_attempt(move, attempt), (result) =>
    result === "done" ? Effect.void : Effect.zipRight(_pauseOrGiveUp(move, attempt), _run(move, attempt + 1))
  )

const _pauseOrGiveUp = (move: SagaMove.Move, attempt: number) =>
  attempt < move.maxAttempts
    ? DurableClock.sleep({
        name: `${move.direction}/${move.step}/${attempt}/pause`,
        duration: _pause(attempt)
      })
    : Effect.fail(
        new SagaRefused({ reason: `${move.step}: no answer after ${attempt} attempts`, uncertain: true })
      )

const _attempt = (move: SagaMove.Move, attempt: number) =>
  _activity({
    name: `${move.direction}/${move.step}/${attempt}`,
    execute: Effect.gen(function* () {
      const timeline = yield* SagaTimeline
      const entry = { ...move, key: SagaMove.key(move.subject), attempt }
      const about = {
        saga: entry.saga,
        key: entry.key,
        step: entry.step,
        direction: entry.direction,
        attempt
      }
      const local = yield* LocalActivity
      const whole = Effect.zipRight(timeline.ended(about, null), move.run)
      const done = move.local ? local.commit(whole, "done") : move.run
      yield* timeline.started(about)
      return yield* Failpoint.around(`saga.${move.step}.${move.direction}`, done).pipe(
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

/**
 * One step of a saga in one direction: an activity per attempt, a durable pause (0.5 s to 30 s) between
 * them.
 */
const SagaMove = {
  key: (subject: SagaMove.Subject): string => `${subject.id}/${subject.run}`,
  run: _run
} as const

export { SagaMove }
