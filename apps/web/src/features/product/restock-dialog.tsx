import { Button, Group, Modal, NumberInput, Stack } from "@mantine/core"
import { schemaResolver, useForm } from "@mantine/form"
import { Product } from "@tessera/shared/product/product"
import { Schema } from "effect"
import { useAction } from "../../lib/use-action.ts"
import { ProductQueries } from "./product-queries.ts"

const _validate = schemaResolver(Schema.standardSchemaV1(Product.Restock), { sync: true })

/** Adds units on hand to one product. */
const RestockDialog = ({
  product,
  onClose
}: {
  readonly product: Product.Model
  readonly onClose: () => void
}) => {
  const form = useForm({ initialValues: { quantity: 100 }, validate: _validate })
  const restock = useAction(ProductQueries.restock, { done: `${product.sku} restocked`, onDone: onClose })
  return (
    <Modal opened onClose={onClose} title={`Restock ${product.name}`} size="sm">
      <form
        noValidate
        onSubmit={form.onSubmit((values) =>
          restock.mutate({ id: product.id, restock: Product.Restock.make(values) })
        )}
      >
        <Stack gap="sm">
          <NumberInput
            label="Units to add"
            min={1}
            max={1_000_000}
            allowDecimal={false}
            thousandSeparator=","
            data-autofocus
            {...form.getInputProps("quantity")}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Close
            </Button>
            <Button type="submit" loading={restock.isPending}>
              Restock
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

export { RestockDialog }
