import { Clock, Context, Effect, Layer, Metric } from "effect"
import { type Lanes } from "../lanes/lanes.ts"

declare namespace JobSlots {
  type Slot = {
    /**
     * Jobs that were claimed and whose outcome is not written yet, when it is time to look for others that
     * are running by their rows: the answer to their claim was lost. Null in between, because it costs.
     */
    readonly doubted: Effect.Effect<ReadonlyArray<string> | null>
    /** Jobs that the lane may claim now. */
    readonly free: (limit: number) => number
    /** What came of a claim: whether more may be due is known by whether it got all it asked for. */
    readonly claimed: (ids: ReadonlyArray<string>, asked: number) => Effect.Effect<void>
    /** A handler has ended; true when the lane waits for that. */
    readonly ended: Effect.Effect<boolean>
    /** An outcome is written, or will never be; true when the lane waits for that. */
    readonly written: (id: string) => Effect.Effect<boolean>
  }
  type Shape = {
    readonly of: (lane: Lanes.Lane) => JobSlots.Slot
    /**
     * Places of the whole replica, taken before a claim and given back when the outcome is written; what is
     * not used goes back at once.
     */
    readonly places: Effect.Semaphore
  }
}

/** Jobs that a replica runs at once or whose outcome waits for the database, over all lanes. */
const _places = 1000
/** Rows of one claim. */
const _claim = 100
/** Outcomes of one lane that may wait for the database while new jobs begin. */
const _unwritten = 200

/** A lane that is always at work looks for claims that nobody got this often. */
const _trustMillis = 2000

const _running = Metric.gauge("jobs_running")

/**
 * Who runs how much. Jobs are counted per lane and epoch: what an earlier term had running is not ours. A
 * slot is forgotten when it is empty.
 */
class JobSlots extends Context.Tag("infra/jobs/JobSlots")<JobSlots, JobSlots.Shape>() {
  static readonly places = _places

  static readonly layer = Layer.sync(JobSlots, () => {
    const slots = new Map<string, JobSlots.Slot>()

    // A turn may hold a slot that was forgotten meanwhile; it comes back with what the turn has claimed.
    const keep = (name: string, slot: JobSlots.Slot, isEmpty: boolean): unknown =>
      isEmpty ? slots.delete(name) : slots.set(name, slot)

    const open = (name: string): JobSlots.Slot => {
      const held = new Set<string>()
      let doubtsAt = 0
      let running = 0
      let isHungry = false
      const slot: JobSlots.Slot = {
        doubted: Effect.map(Clock.currentTimeMillis, (now) => {
          const isTime = now >= doubtsAt
          doubtsAt = isTime ? now + _trustMillis : doubtsAt
          return isTime ? [...held] : null
        }),
        free: (limit) => {
          const free = Math.min(limit - running, _claim, _unwritten - held.size)
          isHungry = true
          return Math.max(0, free)
        },
        claimed: (ids, asked) =>
          Effect.suspend(() => {
            ids.forEach((id) => {
              held.add(id)
            })
            running += ids.length
            isHungry = ids.length === asked
            keep(name, slot, held.size === 0)
            return Metric.incrementBy(_running, ids.length)
          }),
        ended: Effect.suspend(() => {
          running -= 1
          return Effect.as(Metric.incrementBy(_running, -1), isHungry)
        }),
        written: (id) =>
          Effect.sync(() => {
            const isFull = held.size >= _unwritten
            held.delete(id)
            keep(name, slot, held.size === 0)
            return isHungry && isFull
          })
      }
      return slot
    }

    return JobSlots.of({
      places: Effect.unsafeMakeSemaphore(_places),
      of: ({ epoch, key }) => {
        const name = `${key}@${epoch}`
        const slot = slots.get(name) ?? open(name)
        slots.set(name, slot)
        return slot
      }
    })
  })
}

export { JobSlots }
