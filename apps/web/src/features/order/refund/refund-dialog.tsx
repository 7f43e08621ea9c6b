import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core"
import { Money } from "@tessera/shared/money"
import { type Order } from "@tessera/shared/order/order"
import { type Refund } from "@tessera/shared/refund/refund"
import { Option } from "effect"
import { type FormEvent, useId, useState } from "react"
import { useAction } from "../../../lib/use-action.ts"
import { OrderQueries } from "../order-queries.ts"
import { RefundAmount } from "./refund-amount.ts"
import { RefundOutlook } from "./refund-outlook.tsx"
import { RefundPlan } from "./refund-plan.ts"
import { RefundRefusal } from "./refund-refusal.tsx"
import { ReturnFields } from "./return-fields.tsx"

/** Asks how much goes back and which units came back, and says what that will do. */
const RefundDialog = ({
  order,
  refunds,
  opened,
  onClose
}: {
  readonly order: Order.Model
  readonly refunds: ReadonlyArray<Refund.Model>
  readonly opened: boolean
  readonly onClose: () => void
}) => (
  <Modal opened={opened} onClose={onClose} title={`Refund order ${order.number}`} size="lg">
    <RefundForm order={order} refunds={refunds} onClose={onClose} />
  </Modal>
)

const RefundForm = ({
  order,
  refunds,
  onClose
}: {
  readonly order: Order.Model
  readonly refunds: ReadonlyArray<Refund.Model>
  readonly onClose: () => void
}) => {
  // One for as long as the dialog is open: pressing again after a lost answer cannot refund twice.
  const [key] = useState(() => crypto.randomUUID())
  const [draft, setDraft] = useState(RefundPlan.start)
  const outlook = useId()
  const plan = RefundPlan.of(order, refunds, draft)
  const refund = useAction(OrderQueries.refund, {
    done: `A refund of order ${order.number} is on its way`,
    onDone: onClose,
    isShown: true
  })
  const change = (part: Partial<RefundPlan.Draft>) => {
    setDraft({ ...draft, ...part })
    refund.reset()
  }
  const send = (amountMinor: number) =>
    refund.mutate({ id: order.id, key, request: RefundPlan.request(plan, amountMinor, draft.note) })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    Option.map(plan.amount, send)
  }
  const label = Option.match(plan.amount, {
    onNone: () => "Refund",
    onSome: (amountMinor) => `Refund ${Money.format(amountMinor, order.currency)}`
  })
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <ReturnFields
          plan={plan}
          currency={order.currency}
          onChange={(sku, count) => change({ counts: { ...draft.counts, [sku]: count } })}
          onAll={() => change(RefundPlan.allBack(draft, plan.units))}
        />
        <Amount order={order} plan={plan} onChange={(amount) => change({ amount })} />
        <Textarea
          label="Note"
          description="Kept with the refund"
          placeholder="Optional"
          autosize
          minRows={1}
          maxLength={500}
          value={draft.note}
          onChange={(event) => change({ note: event.currentTarget.value })}
        />
        <RefundOutlook id={outlook} order={order} plan={plan} />
        {refund.error !== null && (
          <RefundRefusal
            problem={refund.error}
            currency={order.currency}
            onAmount={(amountMinor) => change({ amount: RefundAmount.text(amountMinor) })}
          />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
          <Button
            type="submit"
            loading={refund.isPending}
            disabled={Option.isNone(plan.amount)}
            aria-describedby={outlook}
            data-testid="refund-submit"
          >
            {label}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

const Amount = ({
  order: { currency },
  plan,
  onChange
}: {
  readonly order: Order.Model
  readonly plan: RefundPlan.Model
  /** Null: it follows the units again. */
  readonly onChange: (amount: string | null) => void
}) => {
  const isOther = !Option.contains(plan.amount, plan.suggestedMinor)
  const says = plan.count === 0 ? "all that is left" : "what they were sold for"
  return (
    <Group gap="sm" align="flex-start">
      <TextInput
        label={`Amount, in ${currency}`}
        description={`${Money.format(plan.leftMinor, currency)} of the payment is left`}
        inputMode="decimal"
        autoComplete="off"
        w={220}
        data-autofocus
        styles={{ input: { fontVariantNumeric: "tabular-nums" } }}
        inputWrapperOrder={["label", "input", "error", "description"]}
        error={plan.problem}
        value={plan.amountText}
        onFocus={(event) => event.currentTarget.select()}
        onChange={(event) => onChange(event.currentTarget.value)}
        data-testid="refund-amount"
      />
      {isOther && plan.suggestedMinor > 0 && (
        <Button variant="subtle" size="compact-xs" mt={{ xs: 29 }} onClick={() => onChange(null)}>
          Take {Money.format(plan.suggestedMinor, currency)}, {says}
        </Button>
      )}
    </Group>
  )
}

export { RefundDialog }
