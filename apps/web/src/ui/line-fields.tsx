import { ActionIcon, Button, Group, NumberInput, Stack } from "@mantine/core"
import { Plus, X } from "lucide-react"
import { type ReactNode } from "react"
import { SkuPicker } from "./sku-picker.tsx"

declare namespace LineFields {
  interface Line {
    readonly sku: string
    readonly quantity: number
  }
}

/** The lines of a form: at least one, each a product and how many of it. `errors` are those of the form. */
const LineFields = ({
  lines,
  errors,
  onChange
}: {
  readonly lines: ReadonlyArray<LineFields.Line>
  readonly errors: Readonly<Record<string, ReactNode>>
  readonly onChange: (lines: Array<LineFields.Line>) => void
}) => {
  const put = (index: number, change: Partial<LineFields.Line>) =>
    onChange(lines.map((line, at) => (at === index ? { ...line, ...change } : line)))
  return (
    <Stack gap={8}>
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line has no identity but its place in the form
        <Group key={index} align="flex-start" gap="xs" wrap="nowrap">
          <SkuPicker
            label={`Product ${index + 1}`}
            value={line.sku}
            error={errors[`lines.${index}.sku`]}
            onChange={(sku) => put(index, { sku })}
          />
          <NumberInput
            label="Quantity"
            aria-label={`Quantity ${index + 1}`}
            w={110}
            min={1}
            max={100_000}
            allowDecimal={false}
            value={line.quantity}
            error={errors[`lines.${index}.quantity`]}
            onChange={(quantity) => put(index, { quantity: Number(quantity) })}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            mt={24}
            aria-label={`Remove product ${index + 1}`}
            disabled={lines.length === 1}
            onClick={() => onChange(lines.filter((_, at) => at !== index))}
          >
            <X size={15} />
          </ActionIcon>
        </Group>
      ))}
      <Button
        variant="subtle"
        size="compact-xs"
        w="fit-content"
        leftSection={<Plus size={13} />}
        onClick={() => onChange([...lines, { sku: "", quantity: 1 }])}
      >
        Add product
      </Button>
    </Stack>
  )
}

export { LineFields }
