import { type Dashboard } from "@tessera/shared/dashboard/dashboard"
import { Format } from "../../lib/format.ts"
import { ChartPanel } from "./chart-panel.tsx"

/** Orders by when they were placed, and how their sagas ended: a bar is as high as what was placed. */
const OrderChart = ({ numbers }: { readonly numbers: Dashboard.Model }) => (
  <ChartPanel
    name="orders"
    title="Orders placed"
    summary={`${Format.count(numbers.sagas.placed)} orders placed`}
    numbers={numbers}
    isEmpty={numbers.sagas.placed === 0}
    empty="No orders placed"
    format={Format.count}
    unit={1}
    total="Placed"
    series={[
      { label: "Fulfilled", tone: "good", values: numbers.buckets.map(({ fulfilled }) => fulfilled) },
      {
        label: "Running",
        tone: "busy",
        values: numbers.buckets.map(({ cancelled, fulfilled, placed }) => placed - fulfilled - cancelled)
      },
      { label: "Cancelled", tone: "bad", values: numbers.buckets.map(({ cancelled }) => cancelled) }
    ]}
  />
)

export { OrderChart }
