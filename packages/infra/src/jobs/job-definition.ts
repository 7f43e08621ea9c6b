import { Duration, type Schema } from "effect"

declare namespace JobDefinition {
  type Any<A = never, I = never> = {
    readonly name: string
    readonly queue: string
    readonly payload: Schema.Schema<A, I>
    /** Attempts before the job is dead, at least 1. */
    readonly maxAttempts: number
    /** Jobs of one tenant in this queue that run at once, on the owner of the lane. */
    readonly concurrency: number
    /** One attempt is interrupted after this and counts as failed. */
    readonly timeout: Duration.Duration
  }
}

const _firstBackoffMillis = 500
const _longestBackoffMillis = 60_000

/** What a kind of job is, as data; its handler is bound on every replica by `JobService.handle`. */
const JobDefinition = {
  make: <A, I>(definition: JobDefinition.Any<A, I>): JobDefinition.Any<A, I> => definition,
  /** 0.5 s, 1 s, 2 s … 60 s; the row keeps it, so it survives a crash. */
  backoffMillis: (attempt: number): number =>
    Math.min(_longestBackoffMillis, _firstBackoffMillis * 2 ** Math.max(0, attempt - 1)),
  timeoutMillis: (definition: { readonly timeout: Duration.Duration }): number =>
    Duration.toMillis(definition.timeout)
} as const

export { JobDefinition }
