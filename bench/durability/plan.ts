import { type Protocol } from "./protocol.ts"

declare namespace Plan {
  interface Item {
    readonly load: Protocol.Load
    readonly count: number
    /** Absent: `Plan.inFlight` at once, as fast as they are answered. */
    readonly perSecond?: number
  }
  interface Sizes {
    /** Times that each contender is started and measured. */
    readonly rounds: number
    readonly items: ReadonlyArray<Plan.Item>
    readonly warming: ReadonlyArray<Plan.Item>
  }
}

const rate = 50

const sizes = (
  rounds: number,
  counts: Readonly<Record<Protocol.Load, number>>,
  seconds: number
): Plan.Sizes => {
  const paced = (load: Protocol.Load) => ({ load, count: rate * seconds, perSecond: rate })
  const closed = (load: Protocol.Load) => ({ load, count: counts[load] })
  return {
    rounds,
    items: [
      closed("request"),
      closed("discard"),
      paced("discard"),
      closed("job"),
      paced("job"),
      closed("saga"),
      closed("failing")
    ],
    warming: [
      { load: "request", count: 200 },
      { load: "discard", count: 200 },
      { load: "job", count: 1000 },
      { load: "saga", count: 60 },
      { load: "failing", count: 20 }
    ]
  }
}

/** What is measured and how often. */
const Plan = {
  inFlight: 64,
  rate,
  keyOf: ({ load, perSecond }: Plan.Item): string =>
    perSecond === undefined ? load : `${load}@${perSecond}`,
  full: sizes(2, { request: 1500, discard: 2000, job: 12_000, saga: 500, failing: 250 }, 6),
  quick: sizes(1, { request: 400, discard: 400, job: 4000, saga: 150, failing: 60 }, 3)
} as const

export { Plan }
