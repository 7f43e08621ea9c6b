import "uplot/dist/uPlot.min.css"
import "./time-chart.css"
import { useComputedColorScheme } from "@mantine/core"
import { useElementSize } from "@mantine/hooks"
import { useEffect, useRef, useState } from "react"
import UPlot from "uplot"
import { ChartTip } from "./chart-tip.tsx"
import { TimeChartOptions } from "./time-chart-options.ts"
import { type TimeSeries } from "./time-series.ts"

/** Stacked bars on a canvas; only a new size or colour scheme makes a new canvas, new numbers do not. */
const TimeChart = (props: TimeSeries.Props) => {
  const scheme = useComputedColorScheme("light")
  const { ref, width, height } = useElementSize()
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<UPlot>(null)
  const latest = useRef(props)
  const [pointed, setPointed] = useState<TimeSeries.Pointed | null>(null)
  latest.current = props
  useEffect(() => {
    const made =
      place.current === null || width === 0
        ? null
        : new UPlot(
            TimeChartOptions.of({ latest, scheme, width, height, onPoint: setPointed }),
            TimeChartOptions.data(latest.current),
            place.current
          )
    plot.current = made
    return () => made?.destroy()
  }, [scheme, width, height])
  useEffect(() => plot.current?.setData(TimeChartOptions.data(props)))
  return (
    <div className="tessera-time-chart">
      <ul className="tessera-legend">
        {props.series.map(({ label, tone }) => (
          <li key={label}>
            <span className="tessera-swatch" style={{ background: TimeChartOptions.color(tone, scheme) }} />
            {label}
          </li>
        ))}
      </ul>
      <div ref={ref} className="tessera-plot">
        <div ref={place} role="img" aria-label={props.label} />
        {pointed !== null && <ChartTip {...props} {...pointed} width={width} scheme={scheme} />}
      </div>
    </div>
  )
}

export { TimeChart }
