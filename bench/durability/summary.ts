import { Samples } from "../support/samples.ts"
import { type measure } from "./measure.ts"

declare namespace Summary {
  interface Cell {
    readonly perSecond: number
    readonly perSecondOfRounds: ReadonlyArray<number>
    readonly roundTripP50: number
    readonly roundTripP99: number
    readonly startP50: number
    readonly startP99: number
    readonly cpuMillis: number
    readonly nodeMillis: number
    readonly serverMillis: number
    readonly statements: number
    readonly walBytes: number
    readonly failed: number
    readonly handledTwice: number
    readonly loads: ReadonlyArray<number>
  }
  /** By contender, then by key of the plan. */
  type Table = ReadonlyMap<string, ReadonlyMap<string, Summary.Cell>>
}

const mean = (values: ReadonlyArray<number>) =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)

/** Rates and costs are means over the rounds; times are quantiles of all rounds together. */
const cellOf = (figures: ReadonlyArray<measure.Figure>): Summary.Cell => {
  const roundTrips = new Samples(figures.flatMap((figure) => figure.roundTrips))
  const waits = new Samples(figures.flatMap((figure) => figure.waits))
  const cost = (of: keyof measure.Cost) => mean(figures.map((figure) => figure.cost[of]))
  return {
    perSecond: mean(figures.map(({ perSecond }) => perSecond)),
    perSecondOfRounds: figures.map(({ perSecond }) => Math.round(perSecond)),
    roundTripP50: roundTrips.quantile(0.5),
    roundTripP99: roundTrips.quantile(0.99),
    startP50: waits.quantile(0.5),
    startP99: waits.quantile(0.99),
    cpuMillis: cost("nodeMillis") + cost("serverMillis"),
    nodeMillis: cost("nodeMillis"),
    serverMillis: cost("serverMillis"),
    statements: cost("statements"),
    walBytes: cost("walBytes"),
    failed: figures.reduce((sum, { failed }) => sum + failed, 0),
    handledTwice: figures.reduce((sum, { handledTwice }) => sum + handledTwice, 0),
    loads: figures.map(({ load }) => Number(load.toFixed(1)))
  }
}

/** All rounds of the run as one table. */
const Summary = {
  of: (figures: ReadonlyArray<{ readonly name: string; readonly figure: measure.Figure }>): Summary.Table => {
    const names = [...new Set(figures.map(({ name }) => name))]
    return new Map(
      names.map((name) => {
        const own = figures.filter((each) => each.name === name).map(({ figure }) => figure)
        const keys = [...new Set(own.map(({ key }) => key))]
        return [name, new Map(keys.map((key) => [key, cellOf(own.filter((figure) => figure.key === key))]))]
      })
    )
  }
} as const

export { Summary }
