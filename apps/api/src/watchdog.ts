import { Duration, Effect, Layer } from "effect"

/**
 * Longer than the drain (1.5 s) and the hand-over of entities (4 s), shorter than a supervisor's patience.
 */
const _patience = Duration.seconds(12)

/**
 * Ends a process that was told to leave and does not: a crash is safe for persisted work, a hang keeps its
 * shard locks from everybody else. Build it above everything else: what is built last is closed first, and
 * the clock must run before anything can hang.
 */
const Watchdog = {
  layer: Layer.scopedDiscard(
    Effect.addFinalizer(() =>
      Effect.logError("shutdown took too long; the process ends itself").pipe(
        Effect.zipRight(Effect.sync(() => process.kill(process.pid, "SIGKILL"))),
        Effect.delay(_patience),
        Effect.forkDaemon
      )
    )
  )
} as const

export { Watchdog }
