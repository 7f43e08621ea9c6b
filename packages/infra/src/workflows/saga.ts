import { Entity, EntityAddress, EntityId, EntityType, Sharding } from "@effect/cluster"
import { Workflow } from "@effect/workflow"
import { Effect, Layer, Option, Schedule, Schema } from "effect"
import { Tenancy } from "../tenancy/tenancy.ts"
import { LocalActivity } from "./local-activity.ts"
import { SagaBody } from "./saga-body.ts"
import { SagaCannotFork } from "./saga-cannot-fork.ts"
import { SagaFork } from "./saga-fork.ts"
import { SagaMove } from "./saga-move.ts"
import { type SagaPlan } from "./saga-plan.ts"
import { SagaRefused } from "./saga-refused.ts"
import { SagaTimeline } from "./saga-timeline.ts"
import { SagaUndone } from "./saga-undone.ts"
import { SagaWait } from "./saga-wait.ts"

/** The tenant's thing that the saga is about, and the how-manieth time it is tried. */
const _Subject = Schema.Struct({ id: Schema.String, run: Schema.Int })
/** `from` is there where a run was forked; runs of releases that could not fork have none. */
const _Payload = Schema.Struct({
  actor: Tenancy.Actor,
  subject: _Subject,
  from: Schema.optional(SagaFork.From)
})

declare namespace Saga {
  /** What `define` makes. */
  type Flow = _Flow
  type Refused = SagaRefused
  type Undone = SagaUndone
  type CannotFork = SagaCannotFork
  type Subject = typeof _Subject.Type
  type Payload = typeof _Payload.Type
  type Fork = Pick<Saga.Payload, "actor" | "subject"> & { readonly step: string }
  type Step<Known = void> = SagaPlan.Step<Known>
  type Definition<Known = void> = SagaPlan.Definition<Known>
}

/** Ends whoever waits for a saga that waits itself, for somebody or for days. */
class _Waiting {}

const _giveWay = Schedule.tapOutput(Schedule.forever, () => Effect.die(new _Waiting()))

/**
 * Steps as data: forward in order; on a refusal the body itself runs the reverse steps as ordinary
 * activities and then fails. No finalizer carries an effect, because a finalizer can neither suspend nor
 * move to another replica.
 */
const Saga = {
  Refused: SagaRefused,
  Undone: SagaUndone,
  CannotFork: SagaCannotFork,
  /** The name and the steps' names are promises: stored runs replay by them. */
  define: <const Name extends string>(name: Name) =>
    Workflow.make({
      name,
      payload: _Payload.fields,
      error: SagaUndone,
      idempotencyKey: ({ actor, subject }) => `${actor.tenantId}/${subject.id}/${subject.run}`,
      suspendedRetrySchedule: _giveWay
    }).annotate(
      // A lost database is no end: otherwise a defect would be stored as the saga's result for ever.
      Workflow.CaptureDefects,
      false
    ),
  /**
   * Runs the saga, or joins the run of the same subject, until it has ended or waits for somebody or long;
   * then it goes on by itself.
   */
  run: (workflow: _Flow, payload: Saga.Payload) =>
    workflow.execute(payload).pipe(
      Effect.as("ended" as const),
      Effect.catchSomeDefect((defect) =>
        defect instanceof _Waiting ? Option.some(Effect.succeed("waiting" as const)) : Option.none()
      )
    ),
  /**
   * Ends the wait before a step (attempt 0), or the pause after an attempt of a stuck one, now or when it
   * begins. Inside a transaction it happens if and only if that commits.
   */
  wake: (workflow: _Flow, payload: Saga.Payload, place: SagaWait.Place) =>
    Effect.flatMap(workflow.executionId(payload), (executionId) =>
      SagaWait.wake(workflow.name, executionId, place)
    ),
  /**
   * For operators: begins run n + 1 of a subject at a step, on what run n has done before it. Those steps are
   * not run again; their effects stand and belong to the run that did them, and a fork that is undone undoes
   * them under that run. Nothing is done about what run n did from that step on. Asked for twice it is one
   * run, and the first decides where it begins. Answers the subject of the new run.
   */
  fork: <Known>(
    workflow: _Flow,
    { steps }: Pick<Saga.Definition<Known>, "steps">,
    { actor, step, subject }: Saga.Fork
  ) =>
    Effect.gen(function* () {
      const end = yield* workflow.poll(yield* workflow.executionId({ actor, subject }))
      const from = yield* SagaFork.from({ saga: workflow.name, steps, subject, end, step })
      const next = { id: subject.id, run: subject.run + 1 }
      yield* workflow.execute({ actor, subject: next, from }, { discard: true })
      return next
    }).pipe(Effect.provideService(Tenancy.Current, actor)),
  layer: <Known, E, R>(workflow: _Flow, build: Effect.Effect<Saga.Definition<Known>, E, R>) =>
    Layer.unwrapEffect(
      Effect.gen(function* () {
        const definition = yield* build
        const timeline = yield* SagaTimeline
        const local = yield* LocalActivity
        const addressOf = _addressOf(workflow.name, yield* Sharding.Sharding)
        return workflow.toLayer(({ actor, from, subject }, executionId) =>
          SagaBody.run(workflow.name, definition, subject, from).pipe(
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
  typeof SagaUndone
>

export { Saga }
