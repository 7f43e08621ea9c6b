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

/** As many as it takes until the code is compiled: replicas live for longer than a bench. */
const warming: ReadonlyArray<Plan.Item> = [
  { load: "request", count: 3000 },
  { load: "discard", count: 1000 },
  { load: "job", count: 6000 },
  { load: "saga", count: 200 },
  { load: "failing", count: 60 }
]

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
      closed("failing"),
      // The last, because a thousand actors that go away at once disturb what is measured meanwhile.
      closed("fresh")
    ],
    warming
  }
}

/** What is measured and how often. */
const Plan = {
  inFlight: 64,
  rate,
  keyOf: ({ load, perSecond }: Plan.Item): string =>
    perSecond === undefined ? load : `${load}@${perSecond}`,
  full: sizes(2, { request: 3000, fresh: 1500, discard: 3000, job: 12_000, saga: 600, failing: 250 }, 15),
  /** Everything at 50 a second: what is looked for is the answer's time, not the most there can be. */
  paced: (seconds: number): Plan.Sizes => ({
    rounds: 3,
    items: (["request", "discard", "job", "saga"] as const).map((load) => ({
      load,
      count: rate * seconds,
      perSecond: rate
    })),
    warming
  }),
  quick: sizes(1, { request: 600, fresh: 400, discard: 600, job: 4000, saga: 150, failing: 60 }, 4)
} as const

export { Plan }
