import { DurableClock } from "@effect/workflow"
import { Duration, Hash } from "effect"
import { SagaWait } from "./saga-wait.ts"

declare namespace SagaPause {
  type Backoff = {
    /** After the first attempt; each pause doubles the one before. Defaults to 500 ms. */
    readonly first: Duration.DurationInput
    /** Of a pause before a step counts as stuck. Defaults to 30 s. */
    readonly most: Duration.DurationInput
  }
}

/** From this attempt on people should look at it: it shows in the list of stuck steps. */
const _stuckFrom = 8
const _stuckPause = Duration.minutes(5)

/** 0.75 to 1.25, the same at every replay: a provider that comes back is not asked by all at once. */
const _jitter = (seed: string): number => 0.75 + (Math.abs(Hash.string(seed)) % 1001) / 2000

const _millis = ({ first, most }: SagaPause.Backoff, attempt: number): number =>
  Math.min(Duration.toMillis(most), Duration.toMillis(first) * 2 ** Math.min(20, attempt - 1))

/** The durable pause after an attempt that had trouble. */
const SagaPause = {
  stuckFrom: _stuckFrom,
  backoff: { first: Duration.millis(500), most: Duration.seconds(30) },
  /** Of a stuck step it is 5 minutes, and ends at once when somebody has the step tried again. */
  after: (place: SagaWait.Place, key: string, backoff: SagaPause.Backoff) =>
    place.attempt < _stuckFrom
      ? DurableClock.sleep({
          name: `${place.direction}/${place.step}/${place.attempt}/pause`,
          duration: Duration.millis(
            Math.round(_millis(backoff, place.attempt) * _jitter(`${key}/${place.step}/${place.attempt}`))
          )
        })
      : SagaWait.until(place, _stuckPause)
} as const

export { SagaPause }
