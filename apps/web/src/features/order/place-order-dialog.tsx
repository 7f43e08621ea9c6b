import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core"
import { schemaResolver, useForm } from "@mantine/form"
import { useNavigate } from "@tanstack/react-router"
import { Order } from "@tessera/shared/order/order"
import { type Reservation } from "@tessera/shared/reservation/reservation"
import { Schema } from "effect"
import { useRef } from "react"
import { Format } from "../../lib/format.ts"
import { useAction } from "../../lib/use-action.ts"
import { CountdownText } from "../../ui/countdown-text.tsx"
import { LineFields } from "../../ui/line-fields.tsx"
import { OrderQueries } from "./order-queries.ts"
import { OrderTokenFields } from "./order-token-fields.tsx"

interface _Values {
  lines: Array<LineFields.Line>
  paymentToken: string
  postcode: string
  customerReference: string
}

const _initial: _Values = {
  lines: [{ sku: "", quantity: 1 }],
  paymentToken: "tok_ok",
  postcode: "12345",
  customerReference: ""
}

const _payload = ({ customerReference, ...order }: _Values, reservation: Reservation.Model | undefined) => ({
  ...order,
  ...(customerReference.trim() !== "" && { customerReference: customerReference.trim() }),
  ...(reservation !== undefined && { lines: reservation.lines, reservationId: reservation.id })
})

const _validate = schemaResolver(Schema.standardSchemaV1(Order.Place), { sync: true })
const _decode = Schema.decodeUnknownSync(Order.Place)

/**
 * Places an order, or makes one of a reservation, whose lines are then its own. The idempotency key stays the
 * same until a field changes, so pressing the button again after a lost answer cannot order twice.
 */
const PlaceOrderDialog = ({
  opened,
  reservation,
  onClose
}: {
  readonly opened: boolean
  readonly reservation?: Reservation.Model
  readonly onClose: () => void
}) => {
  const navigate = useNavigate()
  const key = useRef<string>(undefined)
  const form = useForm({
    mode: "controlled",
    initialValues: _initial,
    validate: (values) => _validate(_payload(values, reservation)),
    onValuesChange: () => {
      key.current = undefined
    }
  })
  const place = useAction(OrderQueries.place, {
    onDone: (order) => {
      onClose()
      form.reset()
      navigate({ to: "/orders/$id", params: { id: order.id } })
    }
  })
  const submit = form.onSubmit((values) => {
    key.current = key.current ?? crypto.randomUUID()
    place.mutate({ key: key.current, order: _decode(_payload(values, reservation)) })
  })
  return (
    <Modal opened={opened} onClose={onClose} title="Place order" size="lg">
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          {reservation === undefined ? (
            <LineFields
              lines={form.getValues().lines}
              errors={form.errors}
              onChange={(lines) => form.setValues({ lines })}
            />
          ) : (
            <HeldLines reservation={reservation} />
          )}
          <OrderTokenFields getInputProps={form.getInputProps} />
          <TextInput
            label="Customer reference"
            placeholder="Guest"
            {...form.getInputProps("customerReference")}
          />
          <Group justify="space-between" mt="xs">
            <Text size="xs" c="dimmed">
              Prices are those of this moment.
            </Text>
            <Group gap="xs">
              <Button variant="default" onClick={onClose}>
                Close
              </Button>
              <Button type="submit" loading={place.isPending} data-testid="place-order-submit">
                Place order
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

const HeldLines = ({ reservation }: { readonly reservation: Reservation.Model }) => (
  <div data-testid="held-lines">
    {reservation.lines.map(({ quantity, sku }) => (
      <Text key={sku} size="sm">
        {Format.count(quantity)} ×{" "}
        <Text span size="xs" ff="monospace">
          {sku}
        </Text>
      </Text>
    ))}
    <Text size="xs" c="dimmed" mt={4}>
      Held for another <CountdownText until={reservation.expiresAt} />
    </Text>
  </div>
)

export { PlaceOrderDialog }
