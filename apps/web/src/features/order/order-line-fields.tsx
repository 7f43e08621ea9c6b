import { ActionIcon, Button, Group, NumberInput, Stack } from "@mantine/core"
import { type UseFormReturnType } from "@mantine/form"
import { Plus, X } from "lucide-react"
import { SkuPicker } from "./sku-picker.tsx"

declare namespace OrderLineFields {
  interface Values {
    lines: Array<{ sku: string; quantity: number }>
    paymentToken: string
    postcode: string
    customerReference: string
  }
}

/** The lines of a new order: at least one, each a product and how many of it. */
const OrderLineFields = ({ form }: { readonly form: UseFormReturnType<OrderLineFields.Values> }) => {
  const { lines } = form.getValues()
  return (
    <Stack gap={8}>
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line has no identity but its place in the form
        <Group key={index} align="flex-start" gap="xs" wrap="nowrap">
          <SkuPicker
            label={`Product ${index + 1}`}
            value={line.sku}
            error={form.errors[`lines.${index}.sku`]}
            onChange={(sku) => form.setFieldValue(`lines.${index}.sku`, sku)}
          />
          <NumberInput
            label="Quantity"
            aria-label={`Quantity ${index + 1}`}
            w={110}
            min={1}
            max={100_000}
            allowDecimal={false}
            {...form.getInputProps(`lines.${index}.quantity`)}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            mt={24}
            aria-label={`Remove product ${index + 1}`}
            disabled={lines.length === 1}
            onClick={() => form.removeListItem("lines", index)}
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
        onClick={() => form.insertListItem("lines", { sku: "", quantity: 1 })}
      >
        Add product
      </Button>
    </Stack>
  )
}

export { OrderLineFields }
