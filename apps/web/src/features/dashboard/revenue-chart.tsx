import { type Dashboard } from "@tessera/shared/dashboard/dashboard"
import { Money } from "@tessera/shared/money"
import { ChartPanel } from "./chart-panel.tsx"

/** What came less what went back, bucket by bucket. */
const RevenueChart = ({ numbers }: { readonly numbers: Dashboard.Model }) => {
  const money = (minor: number) => Money.format(minor, numbers.currency)
  return (
    <ChartPanel
      name="revenue"
      title={`Revenue, ${numbers.currency}`}
      summary={`${money(numbers.revenue.netMinor)} captured less refunded`}
      numbers={numbers}
      isEmpty={numbers.revenue.capturedMinor + numbers.revenue.refundedMinor === 0}
      empty="No money moved"
      format={money}
      unit={100}
      series={[
        {
          label: "Captured less refunded",
          tone: "busy",
          values: numbers.buckets.map(({ revenueMinor }) => revenueMinor)
        }
      ]}
    />
  )
}

export { RevenueChart }
