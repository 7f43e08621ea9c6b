import { WorkflowEngine } from "@effect/workflow"
import { Duration, Effect, Metric, Option, type Scope } from "effect"
import { type ClusterSettings } from "../cluster/cluster-settings.ts"
import { type JournalStore } from "./journal-store.ts"

declare namespace RunOwnership {
  type Instance = WorkflowEngine.WorkflowInstance["Type"]
  /** Takes a run over anew whose epoch has passed. */
  type Again = (stale: JournalStore.Run) => Effect.Effect<JournalStore.Run>
}

/** One for each time that a workflow's body runs, also for the activities inside its activities. */
type _Slot = {
  readonly lock: Effect.Semaphore
  run: Option.Option<Option.Option<JournalStore.Run>>
}

const _stale = Metric.counter("workflow_stale_writes_total", {
  description: "Exits of activities that were not written because another replica had the run by then.",
  incremental: true
})

/** Longer than a replica needs to notice that it has lost its shards (9 s), and to interrupt their runs. */
const _patience = Duration.seconds(15)

/** A reply would end the run for its new owner too; who is interrupted answers nothing. */
const _waitForTheEnd = (patience: Duration.DurationInput) =>
  Metric.increment(_stale).pipe(
    Effect.zipRight(Effect.logWarning("another replica has this workflow's run")),
    Effect.zipRight(Effect.interruptible(Effect.sleep(patience)))
  )

/**
 * Who has begun which run, once for each time that its body runs. A replica that is about to lose a run may
 * still begin it after its new owner has. It is interrupted a moment later; then the owner begins it once
 * more.
 */
const RunOwnership = {
  make: (
    store: JournalStore.Shape,
    { runPatience = _patience }: Pick<ClusterSettings.Options, "runPatience">
  ) => {
    // By the scope, which the copies of an instance share.
    const slots = new WeakMap<Scope.Scope, _Slot>()

    const slotOf = ({ scope }: RunOwnership.Instance): _Slot => {
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
      /** None where the run is stock's. A second beginning would make the first stale: not here. */
      of: (instance: RunOwnership.Instance) => {
        const slot = slotOf(instance)
        return Effect.suspend(() =>
          Option.match(slot.run, {
            onSome: Effect.succeed,
            onNone: () => begin(slot, instance.executionId)
          })
        ).pipe(slot.lock.withPermits(1))
      },
      /** Who waited so long without being interrupted is the owner. Parallel activities begin once. */
      again: (instance: RunOwnership.Instance): RunOwnership.Again => {
        const slot = slotOf(instance)
        return (stale) =>
          Effect.zipRight(
            _waitForTheEnd(runPatience),
            Effect.suspend(() =>
              Option.match(
                Option.filter(Option.flatten(slot.run), ({ epoch }) => epoch !== stale.epoch),
                {
                  onSome: Effect.succeed,
                  onNone: () => Effect.flatMap(begin(slot, instance.executionId), Effect.orDie)
                }
              )
            ).pipe(slot.lock.withPermits(1))
          )
      },
      /** An activity is an instance of its own; activities inside it belong to the same run. */
      within: (parent: RunOwnership.Instance): RunOwnership.Instance => {
        const instance = WorkflowEngine.WorkflowInstance.initial(parent.workflow, parent.executionId)
        slots.set(instance.scope, slotOf(parent))
        return instance
      }
    }
  }
} as const

export { RunOwnership }
