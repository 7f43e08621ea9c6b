declare namespace Protocol {
  /**
   * What one operation is: a call to one of some actors that waits for its reply, the same to an actor that is made for
   * it, a message, a job, a saga, a saga whose third step refuses.
   */
  type Load = "request" | "fresh" | "discard" | "job" | "saga" | "failing"
  interface Drive {
    readonly ask: "drive"
    readonly load: Protocol.Load
    /** Operations of one measurement have a tag in common, so that late ones of another do not count. */
    readonly tag: string
    readonly from: number
    readonly count: number
    /** Operations under way at once; with `perSecond` there is no such bound. */
    readonly inFlight: number
    readonly perSecond?: number
  }
  interface Drove {
    readonly failed: number
    /** Of the first that failed. */
    readonly error?: string
    readonly startedAt: number
    readonly endedAt: number
    readonly roundTrips: ReadonlyArray<number>
  }
  interface Look {
    readonly ask: "seen"
    readonly tag: string
    readonly withWaits: boolean
  }
  interface Seen {
    readonly total: number
    readonly distinct: number
    readonly lastAt: number
    /** Milliseconds from the submit to the start of the handler. */
    readonly waits: ReadonlyArray<number>
  }
  interface Vitals {
    /** Of the work of all processes, what this one can take; together 1 when the contender is whole. */
    readonly share: number
    /** Of this process so far. */
    readonly cpuMillis: number
  }
  type Question = Protocol.Drive | Protocol.Look | { readonly ask: "vitals" }
  interface Asked {
    readonly id: number
    readonly question: Protocol.Question
  }
  type Answer =
    | { readonly id: number; readonly answer: unknown }
    | { readonly id: number; readonly error: string }
    | { readonly ready: true }
}

export type { Protocol }
