import { Entity, EntityAddress, EntityId, EntityType, Sharding } from "@effect/cluster"
import { Workflow } from "@effect/workflow"
import { Array as Arr, Cause, Effect, Layer, Option, Schedule, Schema } from "effect"
import { Tenancy } from "../tenancy/tenancy.ts"
import { LocalActivity } from "./local-activity.ts"
import { SagaMove } from "./saga-move.ts"
import { SagaRefused } from "./saga-refused.ts"
import { SagaTimeline } from "./saga-timeline.ts"
import { StepActivity } from "./step-activity.ts"

/** How a saga ends that did not reach its end: everything it had done is undone. */
class _Undone extends Schema.TaggedError<_Undone>()("Saga.Undone", { reason: Schema.String }) {}

/** The tenant's thing that the saga is about, and the how-manieth time it is tried. */
const _Subject = Schema.Struct({ id: Schema.String, run: Schema.Int })
const _Payload = Schema.Struct({ actor: Tenancy.Actor, subject: _Subject })

declare namespace Saga {
  type Refused = SagaRefused
  type Undone = _Undone
  type Subject = typeof _Subject.Type
  type Payload = typeof _Payload.Type
  /**
   * State lives in the database, not in the saga: a step reads what it needs and writes what it got. A defect
   * (lost database, provider without an answer) is tried again after a pause; a refusal is final.
   */
  type Step = {
    readonly name: string
    readonly run: (subject: Saga.Subject) => Effect.Effect<void, Saga.Refused, Tenancy.Current>
    /** Tolerates that there is nothing to undo; tried until it works. */
    readonly undo: (subject: Saga.Subject) => Effect.Effect<void, never, Tenancy.Current>
    /** Attempts before trouble becomes an uncertain refusal. */
    readonly maxAttempts: number
    /**
     * True when `run` and `undo` touch nothing but our database: each then commits in one transaction with
     * its journal row, and happens once. Defaults to false.
     */
    readonly local?: boolean
  }
  type Definition = {
    readonly steps: ReadonlyArray<Saga.Step>
    /** Asked before each forward step: a durable wish to cancel is a refusal like any other. */
    readonly guard: (subject: Saga.Subject) => Effect.Effect<void, Saga.Refused, Tenancy.Current>
    readonly undoing: (subject: Saga.Subject, reason: string) => Effect.Effect<void, never, Tenancy.Current>
    readonly undone: (subject: Saga.Subject, reason: string) => Effect.Effect<void, never, Tenancy.Current>
  }
}

const _markerActivity = StepActivity.of(Schema.Void, Schema.Never)

/** An undo never gives up by itself; the timeline shows every attempt. */
const _forEver = Number.MAX_SAFE_INTEGER

/**
 * Steps as data: forward in order; on a refusal the body itself runs the reverse steps as ordinary
 * activities and then fails. No finalizer carries an effect, because a finalizer can neither suspend nor
 * move to another replica.
 */
const Saga = {
  Refused: SagaRefused,
  Undone: _Undone,
  /** The name and the steps' names are promises: stored runs replay by them. */
  define: <const Name extends string>(name: Name) =>
    Workflow.make({
      name,
      payload: _Payload.fields,
      error: _Undone,
      idempotencyKey: ({ actor, subject }) => `${actor.tenantId}/${subject.id}/${subject.run}`
    }).annotate(
      // A lost database is no end: otherwise a defect would be stored as the saga's result for ever.
      Workflow.CaptureDefects,
      false
    ),
  layer: <E, R>(workflow: _Flow, build: Effect.Effect<Saga.Definition, E, R>) =>
    Layer.unwrapEffect(
      Effect.gen(function* () {
        const definition = yield* build
        const timeline = yield* SagaTimeline
        const local = yield* LocalActivity
        const addressOf = _addressOf(workflow.name, yield* Sharding.Sharding)
        return workflow.toLayer(({ actor, subject }, executionId) =>
          _body(workflow.name, definition, subject).pipe(
            // Started on its own replica, it would otherwise run under the address of whoever started it.
            Effect.provideService(Entity.CurrentAddress, addressOf(executionId)),
            Effect.provideService(Tenancy.Current, actor),
            Effect.provideService(SagaTimeline, timeline),
            Effect.provideService(LocalActivity, local)
          )
        )
      })
    ).pipe(Layer.provide(LocalActivity.layer)),
  key: SagaMove.key
} as const

const _addressOf = (workflow: string, sharding: Sharding.Sharding["Type"]) => (executionId: string) => {
  const entityId = EntityId.make(executionId)
  return new EntityAddress.EntityAddress({
    entityId,
    entityType: EntityType.EntityType.make(`Workflow/${workflow}`),
    shardId: sharding.getShardId(entityId, "default")
  })
}

type _Flow = Workflow.Workflow<
  string,
  Schema.Struct<typeof _Payload.fields>,
  typeof Schema.Void,
  typeof _Undone
>

const _body = (saga: string, definition: Saga.Definition, subject: Saga.Subject) =>
  Effect.gen(function* () {
    const forward = definition.steps.map((step) => ({
      step,
      move: SagaMove.run({
        saga,
        subject,
        step: step.name,
        direction: "forward",
        run: Effect.zipRight(_guarded(definition, subject), step.run(subject)),
        maxAttempts: step.maxAttempts,
        local: step.local ?? false
      })
    }))
    const stopped = yield* Effect.forEach(forward, ({ move }, index) =>
      Effect.mapError(move, (refusal) => ({ refusal, index }))
    ).pipe(Effect.flip, Effect.option)
    yield* Option.match(stopped, {
      onNone: () => Effect.void,
      onSome: ({ refusal, index }) => {
        const reached = definition.steps.slice(0, refusal.uncertain ? index + 1 : index)
        return _undo(saga, definition, subject, refusal.reason, reached)
      }
    })
  })

/**
 * Uncertain, because the step may be a repetition after a crash: its effect may stand although nobody noted
 * it.
 */
const _guarded = (definition: Saga.Definition, subject: Saga.Subject) =>
  Effect.mapError(definition.guard(subject), ({ reason }) => new SagaRefused({ reason, uncertain: true }))

const _undo = (
  saga: string,
  definition: Saga.Definition,
  subject: Saga.Subject,
  reason: string,
  reached: ReadonlyArray<Saga.Step>
) =>
  Effect.gen(function* () {
    const backward = { saga, subject, direction: "compensate", maxAttempts: _forEver } as const
    yield* _marker(`${saga}/undoing`, definition.undoing(subject, reason))
    yield* Effect.forEach(
      Arr.reverse(reached),
      (step) =>
        Effect.orDie(
          SagaMove.run({
            ...backward,
            step: step.name,
            run: step.undo(subject),
            local: step.local ?? false
          })
        ),
      { discard: true }
    )
    yield* _marker(`${saga}/undone`, definition.undone(subject, reason))
    return yield* new _Undone({ reason })
  })

/** Bookkeeping around the undoing: it must happen, so only an interrupt ends its tries. */
const _marker = (name: string, run: Effect.Effect<void, never, Tenancy.Current>) =>
  _markerActivity({
    name,
    execute: run.pipe(
      Effect.sandbox,
      Effect.retry({ while: (cause) => !Cause.isInterrupted(cause), schedule: Schedule.spaced("1 second") }),
      Effect.unsandbox
    )
  })

export { Saga }
