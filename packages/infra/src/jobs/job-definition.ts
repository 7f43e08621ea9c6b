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
    /**
     * Unfinished jobs of one tenant in this queue above which a submit is refused; 100,000 by default. Each
     * replica counts anew after a sixteenth of it, so it may be exceeded by that much a replica.
     */
    readonly backlog?: number
  }
}

const _firstBackoffMillis = 500
const _longestBackoffMillis = 60_000
const _backlog = 100_000

/** What a kind of job is, as data; its handler is bound on every replica by `JobService.handle`. */
const JobDefinition = {
  make: <A, I>(definition: JobDefinition.Any<A, I>): JobDefinition.Any<A, I> => definition,
  /** 0.5 s, 1 s, 2 s … 60 s; the row keeps it, so it survives a crash. */
  backoffMillis: (attempt: number): number =>
    Math.min(_longestBackoffMillis, _firstBackoffMillis * 2 ** Math.max(0, attempt - 1)),
  timeoutMillis: (definition: { readonly timeout: Duration.Duration }): number =>
    Duration.toMillis(definition.timeout),
  backlog: ({ backlog }: { readonly backlog?: number }): number => backlog ?? _backlog
} as const

export { JobDefinition }
