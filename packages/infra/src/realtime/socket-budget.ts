import { type SocketLimits } from "./socket-limits.ts"

declare namespace SocketBudget {
  type Verdict = "Granted" | "Refused" | "Exhausted"
}

/**
 * A token bucket of one socket that goes into debt: a message too many costs, too, though it is refused, so
 * that a client which goes on regardless is found out and one that pauses is forgiven.
 */
class SocketBudget {
  private tokens: number
  private countedAt = 0

  private readonly limits: SocketLimits.Shape

  constructor(limits: SocketLimits.Shape) {
    this.limits = limits
    this.tokens = limits.burst
  }

  /** `now` in milliseconds, never running backwards. */
  take(now: number): SocketBudget.Verdict {
    const { burst, messagesPerSecond, patience } = this.limits
    const earned = ((now - this.countedAt) * messagesPerSecond) / 1000
    this.countedAt = now
    this.tokens = Math.min(burst, this.tokens + earned) - 1
    const tooMany = this.tokens > -patience ? "Refused" : "Exhausted"
    return this.tokens >= 0 ? "Granted" : tooMany
  }

  /** Until the next message is granted. */
  get retryAfterMillis(): number {
    return Math.max(0, Math.ceil(((1 - this.tokens) * 1000) / this.limits.messagesPerSecond))
  }
}

export { SocketBudget }
