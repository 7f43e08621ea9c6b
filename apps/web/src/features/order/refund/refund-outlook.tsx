import { Box, Group, Stack, Text } from "@mantine/core"
import { Money } from "@tessera/shared/money"
import { type Order } from "@tessera/shared/order/order"
import { Option } from "effect"
import { type LucideIcon, PackageCheck, PackageX, PiggyBank, Undo2 } from "lucide-react"
import { Format } from "../../../lib/format.ts"
import { type RefundPlan } from "./refund-plan.ts"

const _units = (count: number) => (count === 1 ? "1 unit goes" : `${Format.count(count)} units go`)

const _lines = (
  { currency, customer, paymentToken }: Order.Model,
  { count, leftMinor }: RefundPlan.Model,
  amountMinor: number
): ReadonlyArray<readonly [icon: LucideIcon, says: string]> => {
  const keptMinor = leftMinor - amountMinor
  const amount = Money.format(amountMinor, currency)
  return [
    [Undo2, `${amount} goes back to ${customer.name}, the way it came (${paymentToken}).`],
    count === 0
      ? [PackageX, "No unit goes back on sale."]
      : [PackageCheck, `${_units(count)} back on sale, as soon as the money is paid back.`],
    [PiggyBank, keptMinor === 0 ? "Nothing is kept." : `${Money.format(keptMinor, currency)} is kept.`]
  ]
}

/** What will happen, in words; as long as the amount is none, that it needs one. */
const RefundOutlook = ({
  id,
  order,
  plan
}: {
  readonly id: string
  readonly order: Order.Model
  readonly plan: RefundPlan.Model
}) => (
  <Box id={id} className="tessera-outlook" data-testid="refund-outlook">
    {Option.match(plan.amount, {
      onNone: () => (
        <Text size="sm" c="dimmed">
          {plan.leftMinor === 0
            ? "Nothing of the payment is left to refund."
            : "Nothing, as long as the amount is not right."}
        </Text>
      ),
      onSome: (amountMinor) => (
        <Stack component="ul" gap={5} m={0} p={0} style={{ listStyle: "none" }}>
          {_lines(order, plan, amountMinor).map(([Icon, says]) => (
            <Group key={says} component="li" gap={8} wrap="nowrap" align="flex-start">
              <Icon
                size={14}
                color="var(--tessera-quiet)"
                style={{ marginTop: 3, flex: "none" }}
                aria-hidden
              />
              <Text size="sm">{says}</Text>
            </Group>
          ))}
          <Text component="li" size="xs" c="dimmed" mt={2}>
            A refund cannot be taken back.
          </Text>
        </Stack>
      )
    })}
  </Box>
)

export { RefundOutlook }
