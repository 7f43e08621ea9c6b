import { Effect } from "effect"

const _after = (run: () => void): (() => void) => {
  const next = setImmediate(run)
  return () => clearImmediate(next)
}

/**
 * Waits until the event loop has handled what has come in by now. A busy process gathers more in a turn than
 * an idle one, which waits for nothing; so what is gathered grows with the load, without a timer.
 */
const EventLoop = {
  /** Calls once after this turn, unless the returned function is called before. */
  after: _after,
  turn: Effect.async<void>((resume) => Effect.sync(_after(() => resume(Effect.void))))
} as const

export { EventLoop }
