import { ActionIcon, Group, NumberInput } from "@mantine/core"
import { Minus, Plus } from "lucide-react"

/** How many of a few: by button, by arrow key or typed; from 0 to `max`. */
const QuantityStepper = ({
  label,
  value,
  max,
  onChange
}: {
  readonly label: string
  readonly value: number
  readonly max: number
  readonly onChange: (value: number) => void
}) => {
  const put = (next: number) => onChange(Math.max(0, Math.min(max, Math.trunc(next))))
  return (
    <Group gap={4} wrap="nowrap">
      {/* The field itself steps by arrow key: the buttons need no tab stop. */}
      <ActionIcon
        variant="default"
        size={30}
        tabIndex={-1}
        aria-label={`${label}: one fewer`}
        disabled={value === 0}
        onClick={() => put(value - 1)}
      >
        <Minus size={14} />
      </ActionIcon>
      <NumberInput
        size="xs"
        w={58}
        aria-label={label}
        hideControls
        min={0}
        max={max}
        allowDecimal={false}
        allowNegative={false}
        clampBehavior="strict"
        disabled={max === 0}
        styles={{ input: { textAlign: "center" } }}
        selectAllOnFocus
        value={value}
        onChange={(next) => put(Number(next))}
      />
      <ActionIcon
        variant="default"
        size={30}
        tabIndex={-1}
        aria-label={`${label}: one more`}
        disabled={value >= max}
        onClick={() => put(value + 1)}
      >
        <Plus size={14} />
      </ActionIcon>
    </Group>
  )
}

export { QuantityStepper }
