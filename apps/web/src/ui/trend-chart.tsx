import "uplot/dist/uPlot.min.css"
import { Box, useComputedColorScheme } from "@mantine/core"
import { useElementSize } from "@mantine/hooks"
import { DateTime } from "effect"
import { useEffect, useRef } from "react"
import UPlot from "uplot"
import { Format } from "../lib/format.ts"

const _height = 230
/** Of seconds. */
const _halfDay = 43_200

declare namespace TrendChart {
  interface Series {
    readonly label: string
    readonly values: ReadonlyArray<number>
  }
  interface Props {
    /** What a screen reader says instead of the canvas. */
    readonly label: string
    /** `YYYY-MM-DD`, ascending. */
    readonly days: ReadonlyArray<string>
    readonly line: Series
    readonly bars: Series
    readonly formatLine: (value: number) => string
  }
}

const _palettes = {
  light: { line: "#3b5bdb", bars: "#c3cbe0", text: "#5b6270", grid: "#eceef3" },
  dark: { line: "#91a7ff", bars: "#343a4d", text: "#9aa0b0", grid: "#22252e" }
} as const

const _seconds = (day: string) => DateTime.toEpochMillis(DateTime.unsafeMake(day)) / 1000
const _dayOf = (seconds: number) => Format.day(DateTime.formatIsoDateUtc(DateTime.unsafeMake(seconds * 1000)))
const _data = ({ days, line, bars }: TrendChart.Props): UPlot.AlignedData => [
  days.map(_seconds),
  [...bars.values],
  [...line.values]
]

const _axis = (palette: (typeof _palettes)["light" | "dark"]) => ({
  stroke: palette.text,
  font: "11px system-ui, sans-serif",
  grid: { stroke: palette.grid, width: 1 },
  ticks: { show: false }
})

const _options = (props: TrendChart.Props, scheme: "light" | "dark", width: number): UPlot.Options => {
  const palette = _palettes[scheme]
  const axis = _axis(palette)
  return {
    width,
    height: _height,
    tzDate: (seconds) => UPlot.tzDate(DateTime.toDateUtc(DateTime.unsafeMake(seconds * 1000)), "Etc/UTC"),
    cursor: { points: { size: 6 } },
    scales: {
      // Half a day on both sides, so that the first and the last bar are whole.
      x: { range: (_plot, low, high) => [low - _halfDay, high + _halfDay] },
      orders: { range: (_plot, _low, high) => [0, Math.max(4, high * 1.6)] },
      revenue: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.1)] }
    },
    axes: [
      { ...axis, grid: { show: false }, values: (_plot, ticks) => ticks.map(_dayOf), space: 60, size: 30 },
      { ...axis, scale: "revenue", size: 64, values: (_plot, ticks) => ticks.map(Format.compact) },
      {
        ...axis,
        scale: "orders",
        side: 1,
        size: 44,
        grid: { show: false },
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10000]
      }
    ],
    series: [
      { label: "Day", value: (_plot, seconds) => (seconds === null ? "" : _dayOf(seconds)) },
      {
        label: props.bars.label,
        scale: "orders",
        fill: palette.bars,
        width: 0,
        points: { show: false },
        ...(UPlot.paths.bars === undefined
          ? {}
          : { paths: UPlot.paths.bars({ size: [0.6, 18], radius: 0.15 }) }),
        value: (_plot, orders) => (orders === null ? "" : Format.count(orders))
      },
      {
        label: props.line.label,
        scale: "revenue",
        stroke: palette.line,
        width: 2,
        points: { show: false },
        value: (_plot, revenue) => (revenue === null ? "" : props.formatLine(revenue))
      }
    ]
  }
}

/** A line over bars on a canvas; only a new width or colour scheme makes a new canvas, new numbers do not. */
const TrendChart = (props: TrendChart.Props) => {
  const scheme = useComputedColorScheme("light")
  const { ref, width } = useElementSize()
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<UPlot>(null)
  const latest = useRef(props)
  latest.current = props
  useEffect(() => {
    const made =
      place.current === null || width === 0
        ? null
        : new UPlot(_options(latest.current, scheme, width), _data(latest.current), place.current)
    plot.current = made
    return () => made?.destroy()
  }, [scheme, width])
  useEffect(() => plot.current?.setData(_data(props)))
  return (
    <Box px="md" pb="xs" className="tessera-chart">
      <div ref={ref} style={{ minHeight: _height + 30 }}>
        <div ref={place} role="img" aria-label={props.label} />
      </div>
    </Box>
  )
}

export { TrendChart }
