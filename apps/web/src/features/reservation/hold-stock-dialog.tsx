import { Button, Group, Modal, NumberInput, Stack, Text } from "@mantine/core"
import { schemaResolver, useForm } from "@mantine/form"
import { Reservation } from "@tessera/shared/reservation/reservation"
import { Schema } from "effect"
import { useRef } from "react"
import { useAction } from "../../lib/use-action.ts"
import { LineFields } from "../../ui/line-fields.tsx"
import { ReservationQueries } from "./reservation-queries.ts"

const _initial: { lines: Array<LineFields.Line>; minutes: number } = {
  lines: [{ sku: "", quantity: 1 }],
  minutes: 15
}

/** A person counts minutes; the contract counts seconds. */
const _payload = ({ lines, minutes }: typeof _initial) => ({ lines, seconds: minutes * 60 })

const _resolve = schemaResolver(Schema.standardSchemaV1(Reservation.Hold), { sync: true })
const _validate = (values: typeof _initial) => {
  const { seconds, ...errors } = _resolve(_payload(values))
  return seconds === undefined ? errors : { ...errors, minutes: "1 to 1,440 minutes" }
}
const _decode = Schema.decodeUnknownSync(Reservation.Hold)

/**
 * Keeps units for a time. The idempotency key stays the same until a field changes, so pressing the button
 * again after a lost answer cannot hold twice.
 */
const HoldStockDialog = ({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) => {
  const key = useRef<string>(undefined)
  const form = useForm({
    mode: "controlled",
    initialValues: _initial,
    validate: _validate,
    onValuesChange: () => {
      key.current = undefined
    }
  })
  const hold = useAction(ReservationQueries.hold, {
    done: "The units are held",
    onDone: () => {
      form.reset()
      onClose()
    }
  })
  const submit = form.onSubmit((values) => {
    key.current = key.current ?? crypto.randomUUID()
    hold.mutate({ key: key.current, hold: _decode(_payload(values)) })
  })
  return (
    <Modal opened={opened} onClose={onClose} title="Hold stock" size="lg">
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <LineFields
            lines={form.getValues().lines}
            errors={form.errors}
            onChange={(lines) => form.setValues({ lines })}
          />
          {form.errors.lines !== undefined && (
            <Text size="xs" role="alert" style={{ color: "var(--tessera-bad)" }}>
              Choose each product once.
            </Text>
          )}
          <NumberInput
            label="Minutes"
            w={110}
            min={1}
            max={1440}
            allowDecimal={false}
            {...form.getInputProps("minutes")}
          />
          <Group justify="space-between" mt="xs">
            <Text size="xs" c="dimmed">
              All of them or none.
            </Text>
            <Group gap="xs">
              <Button variant="default" onClick={onClose}>
                Close
              </Button>
              <Button type="submit" loading={hold.isPending} data-testid="hold-stock-submit">
                Hold stock
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

export { HoldStockDialog }
