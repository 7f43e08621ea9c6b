import { SegmentedControl } from "@mantine/core"
import { Dashboard } from "@tessera/shared/dashboard/dashboard"
import { RangeWords } from "./range-words.ts"

/** The range as one group of radio buttons: the arrow keys choose. */
const RangeControl = ({
  value,
  onChange
}: {
  readonly value: Dashboard.Range
  readonly onChange: (range: Dashboard.Range) => void
}) => (
  <SegmentedControl
    size="xs"
    radius="md"
    aria-label="Time range"
    data-testid="dashboard-range"
    value={value}
    onChange={onChange}
    data={Dashboard.Range.literals.map((range) => ({ value: range, label: RangeWords[range].short }))}
  />
)

export { RangeControl }
