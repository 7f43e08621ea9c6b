import { Button, Divider, Group, Modal, NumberInput, Select, Stack, Switch, Text } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { Money } from "@tessera/shared/money"
import { OrderSettings } from "@tessera/shared/order-settings/order-settings"
import { type FormEvent, useState } from "react"
import { useAction } from "../../../lib/use-action.ts"
import { QueryView } from "../../../ui/query-view.tsx"
import { OrderQueries } from "../order-queries.ts"

/** The longest first: a time is shown in the largest unit of which it is a whole number. */
const _units = [
  { value: "days", label: "days", seconds: 86_400 },
  { value: "hours", label: "hours", seconds: 3600 },
  { value: "minutes", label: "minutes", seconds: 60 },
  { value: "seconds", label: "seconds", seconds: 1 }
] as const
const _maxSeconds = 2_592_000
/** What is offered when approval is switched on, in minor units. */
const _suggestedMinor = 100_000
/** The same for parcels, in units. */
const _suggestedUnits = 20

const _secondsOf = (unit: string) => _units.find(({ value }) => value === unit)?.seconds ?? 1
const _unitOf = (seconds: number) => _units.find((unit) => seconds % unit.seconds === 0)?.value ?? "seconds"

/** How the tenant wants its orders treated: which need approval, for how long, and how they are shipped. */
const OrderSettingsDialog = ({
  opened,
  onClose
}: {
  readonly opened: boolean
  readonly onClose: () => void
}) => {
  const settings = useQuery({ ...OrderQueries.settings, enabled: opened })
  return (
    <Modal opened={opened} onClose={onClose} title="Order settings">
      <QueryView query={settings}>{(model) => <SettingsForm model={model} onClose={onClose} />}</QueryView>
    </Modal>
  )
}

const SettingsForm = ({
  model,
  onClose
}: {
  readonly model: OrderSettings.Model
  readonly onClose: () => void
}) => {
  // All orders of a tenant are in its currency.
  const currency = useQuery(OrderQueries.list({})).data?.items.at(0)?.currency
  const [isOn, setOn] = useState(model.approvalThresholdMinor !== null)
  const [above, setAbove] = useState((model.approvalThresholdMinor ?? _suggestedMinor) / 100)
  const [unit, setUnit] = useState<string>(_unitOf(model.approvalSeconds))
  const [time, setTime] = useState(model.approvalSeconds / _secondsOf(unit))
  const [isSplit, setSplit] = useState(model.parcelUnits !== null)
  const [units, setUnits] = useState(model.parcelUnits ?? _suggestedUnits)
  const save = useAction(OrderQueries.saveSettings, { done: "Order settings saved", onDone: onClose })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate(
      OrderSettings.Model.make({
        approvalThresholdMinor: isOn ? Money.AmountMinor.make(Math.round(above * 100)) : null,
        approvalSeconds: time * _secondsOf(unit),
        parcelUnits: isSplit ? units : null
      })
    )
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Switch
          size="sm"
          label="Large orders need approval"
          description="They wait after the payment is authorised, before any money moves."
          checked={isOn}
          onChange={(event) => setOn(event.currentTarget.checked)}
        />
        <NumberInput
          label={currency === undefined ? "Above" : `Above, in ${currency}`}
          min={0}
          max={1_000_000_000}
          decimalScale={2}
          thousandSeparator=","
          disabled={!isOn}
          value={above}
          onChange={(value) => setAbove(Number(value))}
        />
        <Group gap="xs" align="flex-end" wrap="nowrap">
          <NumberInput
            label="Time to approve"
            flex={1}
            min={1}
            max={_maxSeconds / _secondsOf(unit)}
            clampBehavior="strict"
            allowDecimal={false}
            disabled={!isOn}
            value={time}
            onChange={(value) => setTime(Number(value))}
          />
          <Select
            aria-label="Unit of time"
            w={130}
            allowDeselect={false}
            disabled={!isOn}
            data={_units.map(({ value, label }) => ({ value, label }))}
            value={unit}
            onChange={(value) => {
              setUnit(value ?? unit)
              setTime(1)
            }}
          />
        </Group>
        <Text size="xs" c="dimmed">
          An order that nobody approves in time is undone.
        </Text>
        <Divider />
        <Switch
          size="sm"
          label="Large orders ship in several parcels"
          description="Each is booked with the carrier by itself, and has a tracking code of its own."
          checked={isSplit}
          onChange={(event) => setSplit(event.currentTarget.checked)}
        />
        <NumberInput
          label="Units a parcel, at most"
          min={1}
          max={100_000}
          clampBehavior="strict"
          allowDecimal={false}
          thousandSeparator=","
          disabled={!isSplit}
          value={units}
          onChange={(value) => setUnits(Number(value))}
        />
        <Text size="xs" c="dimmed">
          Changes count for orders placed from now on.
        </Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
          <Button
            type="submit"
            loading={save.isPending}
            disabled={(isOn && time < 1) || (isSplit && units < 1)}
          >
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

export { OrderSettingsDialog }
