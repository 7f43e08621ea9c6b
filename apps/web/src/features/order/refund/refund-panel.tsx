import { Box, Group, Loader, Text } from "@mantine/core"
import { type UseQueryResult } from "@tanstack/react-query"
import { Money } from "@tessera/shared/money"
import { type Order } from "@tessera/shared/order/order"
import { type Refund } from "@tessera/shared/refund/refund"
import { PackageCheck } from "lucide-react"
import { type ClientProblem } from "../../../lib/client-problem.ts"
import { Panel } from "../../../ui/panel.tsx"
import { QueryView } from "../../../ui/query-view.tsx"
import { RowSkeleton } from "../../../ui/row-skeleton.tsx"
import { StatusBadge } from "../../../ui/status-badge.tsx"
import { TimeText } from "../../../ui/time-text.tsx"
import { OrderUnits } from "../order-units.ts"

const _looks = {
  requested: { tone: "busy", label: "On its way", returns: "on sale again once it is paid back" },
  paid: { tone: "good", label: "Paid back", returns: "on sale again" },
  refused: { tone: "bad", label: "Refused", returns: "not put back on sale" }
} as const satisfies Record<Refund.Status, { readonly tone: StatusBadge.Tone } & Record<string, string>>

/** The refunds of one order, the newest first; an order that has none shows none. */
const RefundPanel = ({
  order,
  refunds
}: {
  readonly order: Order.Model
  readonly refunds: UseQueryResult<ReadonlyArray<Refund.Model>, ClientProblem>
}) => {
  const isQuiet = refunds.error === null && (refunds.data?.length ?? order.refundedMinor) === 0
  return (
    !isQuiet && (
      <Panel title="Refunds" testId="refunds">
        <QueryView query={refunds} loading={<RowSkeleton rows={2} />}>
          {(all) => (
            <Box component="ol" className="tessera-refunds" aria-label="Refunds" aria-live="polite">
              {all.toReversed().map((refund) => (
                <RefundRow key={refund.id} order={order} refund={refund} />
              ))}
            </Box>
          )}
        </QueryView>
      </Panel>
    )
  )
}

const RefundRow = ({ order, refund }: { readonly order: Order.Model; readonly refund: Refund.Model }) => {
  const { label, returns, tone } = _looks[refund.status]
  return (
    <li data-testid="refund-row" data-status={refund.status}>
      <Group justify="space-between" gap="xs">
        <Group gap={8}>
          <Text
            size="sm"
            fw={600}
            component="span"
            td={refund.status === "refused" ? "line-through" : "none"}
          >
            {Money.format(refund.amountMinor, refund.currency)}
          </Text>
          <StatusBadge tone={tone} testId="refund-status">
            {label}
          </StatusBadge>
          {refund.status === "requested" && <Loader size={12} aria-hidden />}
        </Group>
        <Text size="xs" c="dimmed">
          <TimeText at={refund.endedAt ?? refund.requestedAt} />
        </Text>
      </Group>
      {refund.returns.length > 0 && (
        <Group gap={6} mt={4} wrap="nowrap" align="flex-start">
          <PackageCheck
            size={13}
            color="var(--tessera-quiet)"
            style={{ marginTop: 2, flex: "none" }}
            aria-hidden
          />
          <Text size="xs">
            {OrderUnits.text(order, refund.returns)} · {returns}
          </Text>
        </Group>
      )}
      {refund.failure !== null && (
        <Text size="xs" mt={4} style={{ color: "var(--tessera-bad)", overflowWrap: "anywhere" }}>
          {refund.failure}
        </Text>
      )}
      <Text size="xs" c="dimmed" mt={4} style={{ overflowWrap: "anywhere" }}>
        {refund.requestedBy}
        {refund.note !== null && <>: “{refund.note}”</>}
      </Text>
    </li>
  )
}

export { RefundPanel }
