/**
 * What `TimeChart` draws and its table lists. It stands by itself, so that who only names a type does not
 * load the chart.
 */
declare namespace TimeSeries {
  type Tone = "busy" | "good" | "bad"
  interface One {
    readonly label: string
    readonly tone: TimeSeries.Tone
    readonly values: ReadonlyArray<number>
  }
  interface Props {
    /** What a screen reader says instead of the canvas. */
    readonly label: string
    /** Where the buckets begin, in milliseconds, ascending. */
    readonly times: ReadonlyArray<number>
    readonly bucketSeconds: number
    /** Stacked, the first one at the bottom. */
    readonly series: ReadonlyArray<TimeSeries.One>
    /** Names the sum of the series; without it there is none to speak of. */
    readonly total?: string | undefined
    readonly format: (value: number) => string
    /** So many of what the values count are one on the axis: 100 for cents. */
    readonly unit: number
  }
  /** A bucket and where it stands, in pixels from the left edge of the chart. */
  interface Pointed {
    readonly place: number
    readonly left: number
  }
}

export type { TimeSeries }
