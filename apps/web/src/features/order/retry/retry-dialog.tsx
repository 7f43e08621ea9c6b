import { Button, Group, Modal, Stack, Text } from "@mantine/core"
import { schemaResolver, useForm } from "@mantine/form"
import { Money } from "@tessera/shared/money"
import { type Order } from "@tessera/shared/order/order"
import { OrderRetry } from "@tessera/shared/order/order-retry"
import { Option, Schema } from "effect"
import { type ClientProblem } from "../../../lib/client-problem.ts"
import { useAction } from "../../../lib/use-action.ts"
import { ProblemNote } from "../../../ui/problem-note.tsx"
import { OrderQueries } from "../order-queries.ts"
import { OrderTokenFields } from "../order-token-fields.tsx"
import { CancelReason } from "./cancel-reason.ts"
import { RetryChanges } from "./retry-changes.ts"

const _validate = schemaResolver(Schema.standardSchemaV1(OrderRetry.Request), { sync: true })

const _advice: Readonly<Record<string, string>> = {
  "Order.InvalidTransition":
    "Somebody was faster, or it is not cancelled any more: look at its present state.",
  "Access.Denied": "Ask somebody who may place orders.",
  Unreachable: "Nothing is lost: try again."
}
const _hint = (problem: ClientProblem) => _advice[problem.code] ?? Option.getOrUndefined(problem.detail)

/** Starts a cancelled order once more, with another card or postcode if somebody says so. */
const RetryDialog = ({
  order,
  opened,
  onClose
}: {
  readonly order: Order.Model
  readonly opened: boolean
  readonly onClose: () => void
}) => (
  <Modal opened={opened} onClose={onClose} title={`Try order ${order.number} again?`} size="lg">
    <RetryForm order={order} onClose={onClose} />
  </Modal>
)

const RetryForm = ({ order, onClose }: { readonly order: Order.Model; readonly onClose: () => void }) => {
  const form = useForm({
    mode: "controlled",
    initialValues: { paymentToken: order.paymentToken, postcode: order.postcode },
    validate: _validate,
    onValuesChange: () => retry.reset()
  })
  const retry = useAction(OrderQueries.retry, {
    done: `Order ${order.number} is tried again`,
    onDone: onClose,
    isShown: true
  })
  const { change } = CancelReason.of(order.reason)
  const isSame = change !== undefined && form.getValues()[change] === order[change]
  return (
    <form
      noValidate
      onSubmit={form.onSubmit((values) =>
        retry.mutate({ id: order.id, changes: RetryChanges.of(order, values) })
      )}
    >
      <Stack gap="sm">
        <Text size="sm">
          It begins anew as run {order.run + 1}: stock, payment, shipment. Its number, its lines and its
          prices stay: {Money.format(order.totalMinor, order.currency)}.
        </Text>
        <OrderTokenFields getInputProps={form.getInputProps} token={order.paymentToken} first={change} />
        {isSame && (
          <Text size="xs" style={{ color: "var(--tessera-warn)" }} data-testid="retry-same">
            With the same {_names[change]} it was refused before.
          </Text>
        )}
        {retry.error !== null && <ProblemNote problem={retry.error}>{_hint(retry.error)}</ProblemNote>}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
          <Button type="submit" loading={retry.isPending} data-testid="retry-submit">
            Try again
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

const _names = { paymentToken: "card", postcode: "postcode" } as const

export { RetryDialog }
