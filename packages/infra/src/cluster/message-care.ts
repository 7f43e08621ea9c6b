import { Array as Arr, Effect, Layer, Metric, Schema } from "effect"
import { ClusterSingleton } from "./cluster-singleton.ts"
import { MessageStore } from "./message-store.ts"

/** Signals that a suspended run had when it was woken last, by request id. */
const _Woken = Schema.Record({ key: Schema.String, value: Schema.Int })

/** A message that was read and not answered for so long is offered again; a handler may take its time. */
const _rereadSeconds = 60
/** From then on a message counts as stuck. */
const _stuckSeconds = 300

const _resumed = Metric.counter("workflow_lost_signals_total", {
  description: "Suspended workflows that were woken because their signal had been answered before.",
  incremental: true
})
const _stuck = Metric.gauge("cluster_stuck_messages", {
  description: "Messages that are due for more than 5 minutes and have no reply."
})

const _report = (stuck: ReadonlyArray<MessageStore.Stuck>) =>
  Effect.zipRight(
    Metric.set(
      _stuck,
      Arr.reduce(stuck, 0, (sum, { messages }) => sum + messages)
    ),
    Effect.forEach(
      stuck,
      ({ entityType, messages, oldestSeconds }) =>
        Effect.logWarning("messages of an entity are stuck").pipe(
          Effect.annotateLogs({ entityType, messages, oldestSeconds: Math.round(oldestSeconds) })
        ),
      { discard: true }
    )
  )

/**
 * Finds what would wait for ever. A signal that is answered just before its workflow's suspension is stored
 * wakes nobody: such a run goes on from its journal, at most once for each number of signals, since most of
 * those that are found wait for another one. Messages that were read by somebody who never answered are
 * offered again after a minute instead of ten.
 */
const MessageCare = {
  layer: ClusterSingleton.layer({
    name: "message-care",
    every: "10 seconds",
    state: _Woken,
    initial: {},
    run: (woken) =>
      Effect.gen(function* () {
        const store = yield* MessageStore
        const waiting = yield* store.suspended
        const lost = waiting.filter(({ requestId, signals }) => woken[requestId] !== signals)
        const resumed = yield* Effect.filter(lost, store.wake)
        yield* Metric.incrementBy(_resumed, resumed.length)
        yield* store.reread(_rereadSeconds)
        yield* Effect.flatMap(store.stuck(_stuckSeconds), _report)
        return Object.fromEntries(waiting.map(({ requestId, signals }) => [requestId, signals]))
      })
  }).pipe(Layer.provide(MessageStore.layer))
} as const

export { MessageCare }
