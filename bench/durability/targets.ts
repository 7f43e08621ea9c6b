import { type Summary } from "./summary.ts"

declare namespace Targets {
  interface Target {
    readonly kind: "must" | "goal"
    readonly what: string
    /** NaN where it was not measured. */
    readonly value: number
    readonly unit: string
    readonly isReached: boolean
  }
}

const of = (table: Summary.Table): ReadonlyArray<Targets.Target> => {
  const at = (name: string, key: string, what: "perSecond" | "startP99") =>
    table.get(name)?.get(key)?.[what] ?? Number.NaN
  const times = (
    kind: "must" | "goal",
    key: string,
    label: string,
    factor: number,
    ...others: Array<string>
  ) => {
    const best = Math.max(...others.map((other) => at(other, key, "perSecond")))
    const value = at("ours", key, "perSecond") / best
    const what = `${label} >= ${factor} x ${others[0]}`
    return { kind, what, value, unit: "x", isReached: value >= factor } as const
  }
  const within = (kind: "must" | "goal", key: string, label: string, millis: number) => {
    const value = at("ours", key, "startP99")
    const what = `${label} submit to start, p99 at 50/s <= ${millis} ms`
    return { kind, what, value, unit: "ms", isReached: value <= millis } as const
  }
  return [
    times("must", "request", "request-reply", 2, "stock"),
    times("must", "discard", "fire-and-forget", 2, "stock"),
    times("must", "saga", "sagas", 2.5, "stock"),
    times("must", "failing", "failing sagas", 2.5, "stock"),
    times("must", "saga", "sagas", 1, "dbos"),
    times("must", "job", "jobs", 1, "pg-boss"),
    times("must", "job", "jobs", 1, "graphile", "graphile-lq"),
    within("must", "job@50", "job", 15),
    within("must", "discard@50", "message", 15),
    times("goal", "job", "jobs", 1, "bullmq"),
    within("goal", "job@50", "job", 10),
    within("goal", "discard@50", "message", 10),
    times("goal", "saga", "sagas", 1.3, "dbos")
  ]
}

/** What the run must show and what it should; what was not measured is not reached. */
const Targets = { of } as const

export { Targets }
