import { ClusterWorkflowEngine } from "@effect/cluster"
import { type Activity, Workflow, WorkflowEngine } from "@effect/workflow"
import { Effect, Exit, Layer, Metric, Option, Schema, type Scope } from "effect"
import { ClusterPool } from "../cluster/cluster-pool.ts"
import { type ClusterSettings } from "../cluster/cluster-settings.ts"
import { ActivityRecord } from "./activity-record.ts"
import { JournalStore } from "./journal-store.ts"

/** One for each time that a workflow's body runs, also for the activities inside its activities. */
type _Slot = {
  readonly lock: Effect.Semaphore
  run: Option.Option<Option.Option<JournalStore.Run>>
}

type _Instance = WorkflowEngine.WorkflowInstance["Type"]
type _Place = Omit<JournalStore.Entry, "exit">

const _stale = Metric.counter("workflow_stale_writes_total", {
  description: "Exits of activities that were not written because another replica had the run by then.",
  incremental: true
})

const _exit = Schema.parseJson(
  Schema.Exit({ success: Schema.Unknown, failure: Schema.Unknown, defect: Schema.Defect })
)
const _encode = (exit: Exit.Exit<unknown, unknown>) => Effect.orDie(Schema.encode(_exit)(exit))

/** A reply would end the run for its new owner too; who is interrupted answers nothing. */
const _waitForTheEnd = Effect.zipRight(
  Effect.zipRight(Metric.increment(_stale), Effect.logWarning("another replica has this workflow's run")),
  Effect.interruptible(Effect.never)
)

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
const _record = (place: _Place, run: JournalStore.Run): ActivityRecord.Open => ({
  executionId: place.execution_id,
  epoch: place.epoch,
  name: place.name,
  attempt: place.attempt,
  encode: (success) => _encode(Exit.succeed(success)),
  committed: (exit) => _keep(place, run, exit),
  stale: _waitForTheEnd
})

const _keep = (place: _Place, run: JournalStore.Run, exit: string) =>
  Effect.sync(() => {
    run.exits.set(JournalStore.placeOf(place), exit)
  })

/** Who has begun which run, once for each time that its body runs. */
const _ownership = (store: JournalStore.Shape) => {
  // By the scope, which the copies of an instance share.
  const slots = new WeakMap<Scope.Scope, _Slot>()

  const slotOf = ({ scope }: _Instance): _Slot => {
    const slot = slots.get(scope) ?? { lock: Effect.unsafeMakeSemaphore(1), run: Option.none() }
    slots.set(scope, slot)
    return slot
  }

  const begin = (slot: _Slot, executionId: string) =>
    Effect.tap(store.begin(executionId), (run) =>
      Effect.sync(() => {
        slot.run = Option.some(run)
      })
    )

  return {
    /** None where the run is stock's. A second beginning would make the first one stale, so there is none. */
    of: (instance: _Instance) => {
      const slot = slotOf(instance)
      return Effect.suspend(() =>
        Option.match(slot.run, {
          onSome: Effect.succeed,
          onNone: () => begin(slot, instance.executionId)
        })
      ).pipe(slot.lock.withPermits(1))
    },
    /** An activity is an instance of its own; activities inside it belong to the same run. */
    within: (parent: _Instance): _Instance => {
      const instance = WorkflowEngine.WorkflowInstance.initial(parent.workflow, parent.executionId)
      slots.set(instance.scope, slotOf(parent))
      return instance
    }
  }
}

const _make = Effect.gen(function* () {
  const stock = yield* WorkflowEngine.WorkflowEngine
  const store = yield* JournalStore
  const ownership = _ownership(store)

  /** The exit that stands after this one has been written, or the transaction of a local activity has. */
  const settle = (place: _Place, run: JournalStore.Run, exit: Exit.Exit<unknown, unknown>) =>
    Option.match(Option.fromNullable(run.exits.get(JournalStore.placeOf(place))), {
      onSome: Effect.succeed,
      onNone: () =>
        _encode(exit).pipe(
          Effect.flatMap((text) => store.write({ ...place, exit: text })),
          Effect.flatMap(Option.match({ onNone: () => _waitForTheEnd, onSome: Effect.succeed })),
          Effect.tap((stands) => _keep(place, run, stands))
        )
    })

  /** Inside the fiber of the run. Suspended or interrupted, it leaves no trace and is done anew. */
  const perform = <Success extends Schema.Schema.Any, Error extends Schema.Schema.All, R>(
    activity: Activity.Activity<Success, Error, R>,
    place: _Place,
    run: JournalStore.Run
  ) =>
    Effect.gen(function* () {
      const instance = ownership.within(yield* WorkflowEngine.WorkflowInstance)
      const result = yield* activity.executeEncoded.pipe(
        Workflow.intoResult,
        Effect.provideService(WorkflowEngine.WorkflowInstance, instance),
        Effect.provideService(WorkflowEngine.WorkflowEngine, engine),
        Effect.provideService(ActivityRecord, Option.some(_record(place, run)))
      )
      return result._tag === "Suspended"
        ? result
        : yield* Effect.flatMap(settle(place, run, result.exit), (exit) => _complete(activity, exit))
    })

  const journalled = <Success extends Schema.Schema.Any, Error extends Schema.Schema.All, R>(
    activity: Activity.Activity<Success, Error, R>,
    attempt: number,
    run: JournalStore.Run
  ) => {
    const place = { execution_id: run.executionId, epoch: run.epoch, name: activity.name, attempt }
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
    Layer.effect(WorkflowEngine.WorkflowEngine, _make).pipe(
      Layer.provide(ClusterWorkflowEngine.layer),
      Layer.provide(JournalStore.layer({ isJournalled: options.journal === "on" })),
      Layer.provide(ClusterPool.journal(options)),
      Layer.orDie
    )
} as const

export { JournalEngine }
