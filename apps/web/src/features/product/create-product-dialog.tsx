import { Button, Group, Modal, NumberInput, Stack, TextInput } from "@mantine/core"
import { schemaResolver, useForm } from "@mantine/form"
import { Product } from "@tessera/shared/product/product"
import { Schema } from "effect"
import { useAction } from "../../lib/use-action.ts"
import { ProductQueries } from "./product-queries.ts"

const _initial = { sku: "", name: "", price: 0, initial: 100 }

/** A person writes 12.50; the contract counts cents. */
const _payload = ({ price, sku, ...rest }: typeof _initial) => ({
  ...rest,
  sku: sku.trim().toUpperCase(),
  priceMinor: Math.round(price * 100)
})

const _resolve = schemaResolver(Schema.standardSchemaV1(Product.Create), { sync: true })
const _validate = (values: typeof _initial) => {
  const { priceMinor, ...errors } = _resolve(_payload(values))
  return priceMinor === undefined ? errors : { ...errors, price: "An amount of 0 or more" }
}
const _decode = Schema.decodeUnknownSync(Product.Create)

/** Puts a product into the catalogue. */
const CreateProductDialog = ({
  opened,
  onClose
}: {
  readonly opened: boolean
  readonly onClose: () => void
}) => {
  const form = useForm({ initialValues: _initial, validate: _validate })
  const create = useAction(ProductQueries.create, {
    done: "Product created",
    onDone: () => {
      form.reset()
      onClose()
    }
  })
  return (
    <Modal opened={opened} onClose={onClose} title="New product">
      <form noValidate onSubmit={form.onSubmit((values) => create.mutate(_decode(_payload(values))))}>
        <Stack gap="sm">
          <TextInput label="SKU" data-autofocus placeholder="MUG-BLUE" {...form.getInputProps("sku")} />
          <TextInput label="Name" {...form.getInputProps("name")} />
          <Group grow align="flex-start">
            <NumberInput
              label="Price"
              min={0}
              decimalScale={2}
              fixedDecimalScale
              {...form.getInputProps("price")}
            />
            <NumberInput
              label="Units on hand"
              min={0}
              allowDecimal={false}
              thousandSeparator=","
              {...form.getInputProps("initial")}
            />
          </Group>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Close
            </Button>
            <Button type="submit" loading={create.isPending}>
              Create product
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

export { CreateProductDialog }
