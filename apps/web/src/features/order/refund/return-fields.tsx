import { Button, Group, Stack, Text } from "@mantine/core"
import { Money } from "@tessera/shared/money"
import { Format } from "../../../lib/format.ts"
import { QuantityStepper } from "../../../ui/quantity-stepper.tsx"
import { type RefundPlan } from "./refund-plan.ts"

const _left = ({ ordered, returned }: RefundPlan.Unit) =>
  returned === 0
    ? `${Format.count(ordered)} sold`
    : `${Format.count(returned)} of ${Format.count(ordered)} back`

/** Which units came back: none to begin with, by product, or all at once. */
const ReturnFields = ({
  plan: { units },
  currency,
  onChange,
  onAll
}: {
  readonly plan: RefundPlan.Model
  readonly currency: string
  readonly onChange: (sku: string, count: number) => void
  readonly onAll: () => void
}) => (
  <div>
    <Group justify="space-between" mb={6} gap="xs">
      <Text size="sm" fw={600} id="refund-returns">
        Units that came back
      </Text>
      <Button
        variant="subtle"
        size="compact-xs"
        disabled={units.every(({ count, returnable }) => count === returnable)}
        onClick={onAll}
        data-testid="refund-all-back"
      >
        All came back
      </Button>
    </Group>
    <Stack component="ul" className="tessera-returns" gap={0} aria-labelledby="refund-returns">
      {units.map((unit) => (
        <Group
          key={unit.sku}
          component="li"
          justify="space-between"
          wrap="nowrap"
          gap="sm"
          data-testid="refund-unit"
        >
          <div style={{ minWidth: 0 }}>
            <Text size="sm" truncate>
              {unit.name}
            </Text>
            <Text size="xs" c="dimmed">
              {unit.sku} · {_left(unit)}
              {unit.count > 0 && ` · ${Money.format(unit.valueOf(unit.count), currency)}`}
            </Text>
          </div>
          <QuantityStepper
            label={`Units of ${unit.sku} that came back`}
            value={unit.count}
            max={unit.returnable}
            onChange={(count) => onChange(unit.sku, count)}
          />
        </Group>
      ))}
    </Stack>
  </div>
)

export { ReturnFields }
