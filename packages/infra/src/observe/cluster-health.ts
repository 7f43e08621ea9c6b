import { DateTime, Effect, HashSet, Layer, Metric, Option, Schedule } from "effect"
import { LeaderStore } from "../cluster/leader-store.ts"
import { MessageStore } from "../cluster/message-store.ts"
import { HealthService } from "./health-service.ts"

const _lookInterval = Schedule.spaced("5 seconds")

/** A due message that waits longer than this in a quiet cluster is a sign that somebody does not listen. */
const _backlogSeconds = 30

const _lastRun = Metric.gauge("singleton_last_execution", {
  description: "Unix seconds of the last run of a singleton or cron."
})
const _failures = Metric.gauge("singleton_failures", {
  description: "Runs of a singleton or cron that failed since the last one that did not."
})
const _messages = Metric.gauge("cluster_messages_rows", {
  description: "Rows of the message table, by the statistics of PostgreSQL."
})
const _replies = Metric.gauge("cluster_replies_rows", {
  description: "Rows of the reply table, by the statistics of PostgreSQL."
})
const _oldest = Metric.gauge("cluster_oldest_due_message_seconds", {
  description: "Age of the oldest message that is due and has no reply; 0 when there is none."
})

const _showLeader = (leader: LeaderStore.Leader) =>
  Effect.all([
    Metric.set(
      Metric.tagged(_lastRun, "name", leader.name),
      Option.match(Option.fromNullable(leader.lastRunAt), {
        onNone: () => 0,
        onSome: (at) => DateTime.toEpochMillis(at) / 1000
      })
    ),
    Metric.set(Metric.tagged(_failures, "name", leader.name), leader.failures)
  ])

const _showBacklog = ({ messages, oldestDueSeconds, replies }: MessageStore.Backlog) =>
  Effect.all([
    Metric.set(_messages, messages),
    Metric.set(_replies, replies),
    Metric.set(_oldest, oldestDueSeconds)
  ])

/**
 * What every replica can tell of the cluster as a whole, as gauges, and two checks: a singleton or cron that
 * this process leads and that has not run within twice its interval turns this replica red, and only this
 * one; an old backlog is shown and turns nobody red, because a replica less would not make it shorter.
 */
const ClusterHealth = {
  layer: Layer.scopedDiscard(
    Effect.gen(function* () {
      const health = yield* HealthService
      const leaders = yield* LeaderStore
      const messages = yield* MessageStore

      yield* health.register({
        name: "singletons",
        critical: true,
        check: Effect.gen(function* () {
          const mine = yield* leaders.leading
          const late = (yield* leaders.all).filter((leader) => leader.late && HashSet.has(mine, leader.name))
          yield* Effect.when(Effect.fail(late), () => late.length > 0)
        })
      })
      yield* health.register({
        name: "messages",
        critical: false,
        check: Effect.filterOrFail(
          messages.backlog,
          ({ oldestDueSeconds }) => oldestDueSeconds < _backlogSeconds,
          (backlog) => backlog
        ).pipe(Effect.asVoid)
      })

      const look = Effect.gen(function* () {
        yield* Effect.forEach(yield* leaders.all, _showLeader, { discard: true })
        yield* Effect.flatMap(messages.backlog, _showBacklog)
      })
      yield* look.pipe(
        Effect.catchAllCause((cause) => Effect.logDebug("the cluster's gauges could not be read", cause)),
        Effect.repeat(_lookInterval),
        Effect.forkScoped
      )
    })
  ).pipe(Layer.provide(MessageStore.layer))
} as const

export { ClusterHealth }
