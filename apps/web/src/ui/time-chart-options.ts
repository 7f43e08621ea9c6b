import { DateTime } from "effect"
import UPlot from "uplot"
import { Format } from "../lib/format.ts"
import { type TimeSeries } from "./time-series.ts"

declare namespace TimeChartOptions {
  type Scheme = "light" | "dark"
  interface Wish {
    /** Read when it is drawn: new numbers make no new canvas. */
    readonly latest: { readonly current: TimeSeries.Props }
    readonly scheme: TimeChartOptions.Scheme
    readonly width: number
    readonly height: number
    readonly onPoint: (pointed: TimeSeries.Pointed | null) => void
  }
}

const _day = 86_400
const _hour = 3600

/** A canvas knows no variables: the tones of the theme, softer where they fill. */
const _palettes = {
  light: { busy: "#5c7cfa", good: "#2f9e6b", bad: "#e8590c", text: "#5b6270", grid: "#eceef3" },
  dark: { busy: "#748ffc", good: "#3fae79", bad: "#ff922b", text: "#9aa0b0", grid: "#22252e" }
} as const

/**
 * Steps of the time axis that fall on round times, by the length of a bucket; days where buckets are long.
 */
const _steps: Readonly<Record<number, ReadonlyArray<number>>> = {
  60: [300, 600, 900, 1800],
  900: [2 * _hour, 3 * _hour, 4 * _hour, 6 * _hour, 12 * _hour],
  7200: [_day, 2 * _day, 3 * _day],
  86400: [_day, 2 * _day, 5 * _day, 7 * _day, 10 * _day]
}

/** 1, 2, 5, 10, 20, …: a count has no halves. */
const _whole = [0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((power) => [1, 2, 5].map((step) => step * 10 ** power))

const _sums = ({ series, times }: TimeSeries.Props) =>
  series.map((_, upTo) =>
    times.map((_, place) =>
      series.slice(0, upTo + 1).reduce((sum, { values }) => sum + (values[place] ?? 0), 0)
    )
  )

/** How the stacked bars of `TimeChart` are drawn. */
const TimeChartOptions = {
  color: (tone: TimeSeries.Tone, scheme: TimeChartOptions.Scheme): string => _palettes[scheme][tone],
  /**
   * Each bar stands in the middle of its bucket, and nothing has none; the highest sum first, so that the
   * lower ones cover it.
   */
  data: (props: TimeSeries.Props): UPlot.AlignedData => [
    props.times.map((from) => from / 1000 + props.bucketSeconds / 2),
    ..._sums(props)
      .toReversed()
      .map((sums) => sums.map((sum) => (sum === 0 ? null : sum / props.unit)))
  ],
  of: ({ latest, scheme, width, height, onPoint }: TimeChartOptions.Wish): UPlot.Options => {
    const palette = _palettes[scheme]
    const { bucketSeconds, series } = latest.current
    const axis = { stroke: palette.text, font: "11px system-ui, sans-serif", ticks: { show: false } }
    const label = bucketSeconds < 2 * _hour ? Format.minuteUtc : Format.dayUtc
    const bars = UPlot.paths.bars === undefined ? {} : { paths: UPlot.paths.bars({ size: [0.72, 26] }) }
    return {
      width,
      height,
      legend: { show: false },
      tzDate: (seconds) => UPlot.tzDate(DateTime.toDateUtc(DateTime.unsafeMake(seconds * 1000)), "Etc/UTC"),
      cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
      scales: {
        x: {
          range: () => {
            const { times } = latest.current
            const [first = 0, last = 0] = [times[0], times.at(-1)]
            return [first / 1000, last / 1000 + bucketSeconds]
          }
        },
        y: { range: (_plot, low, high) => [Math.min(0, low * 1.1), Math.max(high * 1.12, low < 0 ? 0 : 1)] }
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          values: (_plot, ticks) => ticks.map((seconds) => label(seconds * 1000)),
          incrs: [...(_steps[bucketSeconds] ?? [_day])],
          space: 56,
          size: 28
        },
        {
          ...axis,
          grid: { stroke: palette.grid, width: 1 },
          values: (_plot, ticks) => ticks.map(Format.compact),
          incrs: _whole,
          space: 36,
          size: 46
        }
      ],
      series: [
        {},
        ...series.toReversed().map(({ label: name, tone }) => ({
          label: name,
          fill: palette[tone],
          width: 0,
          points: { show: false },
          ...bars
        }))
      ],
      hooks: {
        setCursor: [
          ({ cursor: { idx, left }, over }) =>
            onPoint(
              typeof idx !== "number" || left === undefined || left < 0
                ? null
                : { place: idx, left: left + over.offsetLeft }
            )
        ]
      }
    }
  }
} as const

export { TimeChartOptions }
