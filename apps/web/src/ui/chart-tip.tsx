import { Format } from "../lib/format.ts"
import { TimeChartOptions } from "./time-chart-options.ts"
import { type TimeSeries } from "./time-series.ts"

declare namespace ChartTip {
  interface Props extends TimeSeries.Props, TimeSeries.Pointed {
    readonly width: number
    readonly scheme: "light" | "dark"
  }
}

/**
 * What the bucket under the pointer holds, beside it and never over it; the table view says it to all
 * others.
 */
const ChartTip = ({
  times,
  bucketSeconds,
  series,
  total,
  format,
  place,
  left,
  width,
  scheme
}: ChartTip.Props) => {
  const side = left > width / 2 ? { right: width - left + 12 } : { left: left + 12 }
  const values = series.map((one) => one.values[place] ?? 0)
  return (
    <div className="tessera-tip" style={side} aria-hidden data-testid="chart-tip">
      {Format.span(times[place] ?? 0, bucketSeconds)}
      <dl>
        {series.map(({ label, tone }, index) => (
          <Row key={label} label={label} value={format(values[index] ?? 0)}>
            <span className="tessera-swatch" style={{ background: TimeChartOptions.color(tone, scheme) }} />
          </Row>
        ))}
        {total !== undefined && (
          <Row label={total} value={format(values.reduce((sum, value) => sum + value, 0))} />
        )}
      </dl>
    </div>
  )
}

const Row = ({
  label,
  value,
  children
}: {
  readonly label: string
  readonly value: string
  readonly children?: React.ReactNode
}) => (
  <>
    <dt>
      {children}
      {label}
    </dt>
    <dd>{value}</dd>
  </>
)

export { ChartTip }
