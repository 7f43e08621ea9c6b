import { Cron, Duration, Effect, Layer, Metric, Option, Stream, Tuple } from "effect"
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
const _batch = { requests: 500, journals: 50 } as const
/** Rest after a batch as a multiple of the time that it took: removing takes a fifth of a connection. */
const _rest = 4
const _longestRest = Duration.seconds(5)
/** For one kind in one run; what is left is for the next minute. */
const _share = Duration.seconds(25)
const _tickDays = 7

const _purged = Metric.counter("cluster_messages_purged_total", {
  description: "Answered requests and ended workflows that retention has removed.",
  incremental: true
})

/** Batch after batch, each from where the one before has ended, until one is not full. */
const _drain = (limit: number, remove: (after: string) => Effect.Effect<MessageStore.Purged>) =>
  Stream.paginateEffect(MessageStore.first, (after) =>
    Effect.timed(remove(after)).pipe(
      Effect.tap(([_, { removed }]) => Metric.incrementBy(_purged, removed)),
      Effect.tap(([took]) => Effect.sleep(Duration.min(Duration.times(took, _rest), _longestRest))),
      Effect.map(([_, { last, removed }]) =>
        Tuple.make(removed, removed < limit ? Option.none() : Option.some(last))
      )
    )
  ).pipe(Stream.haltAfter(_share), Stream.runDrain)

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
          yield* _drain(_batch.requests, (after) => messages.purgeRequests(millis, _batch.requests, after))
          yield* _drain(_batch.journals, (after) => messages.purgeJournals(millis, _batch.journals, after))
          yield* ticks.purge(_tickDays)
        })
    }).pipe(Layer.provide(MessageStore.layer))
  }
} as const

export { MessageRetention }
