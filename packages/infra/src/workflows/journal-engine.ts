import { ClusterWorkflowEngine } from "@effect/cluster"
import { type Activity, Workflow, WorkflowEngine } from "@effect/workflow"
import { Effect, Exit, Layer, Option, Schema } from "effect"
import { ClusterPool } from "../cluster/cluster-pool.ts"
import { type ClusterSettings } from "../cluster/cluster-settings.ts"
import { ActivityRecord } from "./activity-record.ts"
import { JournalStore } from "./journal-store.ts"
import { RunOwnership } from "./run-ownership.ts"

type _Place = Omit<JournalStore.Entry, "exit" | "epoch">
const _exit = Schema.parseJson(
  Schema.Exit({ success: Schema.Unknown, failure: Schema.Unknown, defect: Schema.Defect })
)
const _encode = (exit: Exit.Exit<unknown, unknown>) => Effect.orDie(Schema.encode(_exit)(exit))

/** From what stands in the journal, also at once: a replay must not see another exit than the first run. */
const _complete = <Success extends Schema.Schema.Any, Error extends Schema.Schema.All, R>(
  activity: Activity.Activity<Success, Error, R>,
  exit: string
) =>
  Schema.decode(_exit)(exit).pipe(
    Effect.flatMap(Schema.decodeUnknown(activity.exitSchema)),
    Effect.orDie,
    Effect.map((known) => new Workflow.Complete({ exit: known }))
  )

/** The place of one activity in the journal of its run. */
const _record = (place: _Place, run: JournalStore.Run, again: RunOwnership.Again): ActivityRecord.Open => ({
  executionId: place.execution_id,
  epoch: run.epoch,
  name: place.name,
  attempt: place.attempt,
  encode: (success) => _encode(Exit.succeed(success)),
  committed: (exit) => _keep(place, run, exit),
  renewed: Effect.map(again(run), (renewed) => _record(place, renewed, again))
})

const _keep = (place: _Place, run: JournalStore.Run, exit: string) =>
  Effect.sync(() => {
    run.exits.set(JournalStore.placeOf(place), exit)
  })

/** The exit that stands after this one has been written, or the transaction of a local activity has. */
const _settle =
  (store: JournalStore.Shape) =>
  (
    place: _Place,
    run: JournalStore.Run,
    again: RunOwnership.Again,
    exit: Exit.Exit<unknown, unknown>
  ): Effect.Effect<string> =>
    Option.match(Option.fromNullable(run.exits.get(JournalStore.placeOf(place))), {
      onSome: Effect.succeed,
      onNone: () =>
        _encode(exit).pipe(
          Effect.flatMap((text) => store.write({ ...place, epoch: run.epoch, exit: text })),
          Effect.flatMap(
            Option.match({
              onNone: () =>
                Effect.flatMap(again(run), (renewed) => _settle(store)(place, renewed, again, exit)),
              onSome: (stands) => Effect.as(_keep(place, run, stands), stands)
            })
          )
        )
    })

const _make = (options: ClusterSettings.Options) =>
  Effect.gen(function* () {
    const stock = yield* WorkflowEngine.WorkflowEngine
    const store = yield* JournalStore
    const ownership = RunOwnership.make(store, options)

    const settle = _settle(store)

    /** Inside the fiber of the run. Suspended or interrupted, it leaves no trace and is done anew. */
    const perform = <Success extends Schema.Schema.Any, Error extends Schema.Schema.All, R>(
      activity: Activity.Activity<Success, Error, R>,
      place: _Place,
      run: JournalStore.Run
    ) =>
      Effect.gen(function* () {
        const parent = yield* WorkflowEngine.WorkflowInstance
        const instance = ownership.within(parent)
        const again = ownership.again(parent)
        const result = yield* activity.executeEncoded.pipe(
          Workflow.intoResult,
          Effect.provideService(WorkflowEngine.WorkflowInstance, instance),
          Effect.provideService(WorkflowEngine.WorkflowEngine, engine),
          Effect.provideService(ActivityRecord, Option.some(_record(place, run, again)))
        )
        // A local activity may have renewed the run meanwhile.
        const settled = (exit: Exit.Exit<unknown, unknown>) =>
          Effect.flatMap(ownership.of(parent), (known) =>
            settle(
              place,
              Option.getOrElse(known, () => run),
              again,
              exit
            )
          )
        return result._tag === "Suspended"
          ? result
          : yield* Effect.flatMap(settled(result.exit), (exit) => _complete(activity, exit))
      })

    const journalled = <Success extends Schema.Schema.Any, Error extends Schema.Schema.All, R>(
      activity: Activity.Activity<Success, Error, R>,
      attempt: number,
      run: JournalStore.Run
    ) => {
      const place = { execution_id: run.executionId, name: activity.name, attempt }
      return Option.match(Option.fromNullable(run.exits.get(JournalStore.placeOf(place))), {
        onSome: (exit) => _complete(activity, exit),
        onNone: () => perform(activity, place, run)
      })
    }

    const engine: WorkflowEngine.WorkflowEngine["Type"] = WorkflowEngine.WorkflowEngine.of({
      ...stock,
      activityExecute: (activity, attempt) =>
        Effect.gen(function* () {
          const run = yield* ownership.of(yield* WorkflowEngine.WorkflowInstance)
          return yield* Option.match(run, {
            onNone: () => stock.activityExecute(activity, attempt),
            onSome: (owned) => journalled(activity, attempt, owned)
          })
        })
    })
    return engine
  })

/**
 * The stock cluster engine, whose activities are messages to their workflow, with activities that run inside
 * the workflow's own fiber and leave their exits in a journal, written in batches. Signals, timers,
 * suspensions and interrupts stay stock's, and so does every run that has begun an activity as a message.
 */
const JournalEngine = {
  /** On top of the cluster with the same options. */
  layer: (options: ClusterSettings.Options) =>
    Layer.effect(WorkflowEngine.WorkflowEngine, _make(options)).pipe(
      Layer.provide(ClusterWorkflowEngine.layer),
      Layer.provide(JournalStore.layer({ isJournalled: options.journal === "on" })),
      Layer.provide(ClusterPool.journal(options)),
      Layer.orDie
    )
} as const

export { JournalEngine }
