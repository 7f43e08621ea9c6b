import { DurableClock, DurableDeferred, WorkflowEngine } from "@effect/workflow"
import { type Duration, Effect } from "effect"

declare namespace SagaWait {
  /** The pause after this attempt of a step; after attempt 0 of it is the wait before the first one. */
  type Place = {
    readonly direction: "forward" | "compensate"
    readonly step: string
    readonly attempt: number
  }
}

const _nameOf = ({ attempt, direction, step }: SagaWait.Place) => `${direction}/${step}/${attempt}/wait`

/** Timer and wake-up answer the same deferred, and the first answer stays: nobody has to race them. */
const _clockOf = (place: SagaWait.Place, duration: Duration.DurationInput) =>
  DurableClock.make({ name: _nameOf(place), duration })

/**
 * A wait of any length that outlives every replica. Whoever wakes a saga says nothing by it: what was decided
 * stands in the database before.
 */
const SagaWait = {
  /** Until it is woken, or this time is over (to half a second). The run gives up its place meanwhile. */
  until: (place: SagaWait.Place, duration: Duration.DurationInput) =>
    Effect.gen(function* () {
      const engine = yield* WorkflowEngine.WorkflowEngine
      const { executionId, workflow } = yield* WorkflowEngine.WorkflowInstance
      const clock = _clockOf(place, duration)
      yield* engine.scheduleClock(workflow, { executionId, clock })
      yield* DurableDeferred.await(clock.deferred)
    }),
  /** Also before the wait has begun: then there will be none. Joins the caller's transaction. */
  wake: (workflowName: string, executionId: string, place: SagaWait.Place) => {
    const { deferred } = _clockOf(place, 0)
    const token = new DurableDeferred.TokenParsed({ workflowName, executionId, deferredName: deferred.name })
    return DurableDeferred.succeed(deferred, { token: token.asToken, value: undefined })
  }
} as const

export { SagaWait }
