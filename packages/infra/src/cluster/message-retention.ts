import { Cron, Duration, Effect, Layer, Metric, Schedule } from "effect"
import { ClusterCron } from "./cluster-cron.ts"
import { CronStore } from "./cron-store.ts"
import { MessageStore } from "./message-store.ts"

declare namespace MessageRetention {
  type Options = {
    /**
     * How long an answered message is kept. Its row is what a second sending of the same message is answered
     * from, so this is the time for which a message is handled once.
     */
    readonly window: Duration.DurationInput
  }
}

/** Requests, or workflows with all their steps, that one statement removes. */
const _batch = { requests: 2000, journals: 200 } as const
/** Between two batches, so that removing takes a small share of the database's time. */
const _pause = Schedule.spaced("50 millis")
/** Batches of one kind in one run; what is left is for the next minute. */
const _batches = 500
const _tickDays = 7

const _purged = Metric.counter("cluster_messages_purged_total", {
  description: "Answered requests and ended workflows that retention has removed.",
  incremental: true
})

/** Batch after batch, until one is not full. */
const _drain = (limit: number, remove: Effect.Effect<number>) =>
  remove.pipe(
    Effect.tap((removed) => Metric.incrementBy(_purged, removed)),
    Effect.repeat({
      while: (removed) => removed === limit,
      schedule: Schedule.intersect(_pause, Schedule.recurs(_batches))
    })
  )

/**
 * Message tables do not grow for ever: once a minute one replica removes what was answered longer ago than
 * the window, in small batches. Workflows keep their journal until the window has passed since their end.
 */
const MessageRetention = {
  layer: ({ window }: MessageRetention.Options) => {
    const millis = Duration.toMillis(window)
    return ClusterCron.layer({
      name: "message-retention",
      cron: Cron.unsafeParse("* * * * *", "UTC"),
      run: () =>
        Effect.gen(function* () {
          const messages = yield* MessageStore
          const ticks = yield* CronStore
          yield* _drain(_batch.requests, messages.purgeRequests(millis, _batch.requests))
          yield* _drain(_batch.journals, messages.purgeJournals(millis, _batch.journals))
          yield* ticks.purge(_tickDays)
        })
    }).pipe(Layer.provide(MessageStore.layer))
  }
} as const

export { MessageRetention }
