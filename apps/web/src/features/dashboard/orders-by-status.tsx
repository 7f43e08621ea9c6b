import { Anchor, Box, Group, Progress, Text } from "@mantine/core"
import { Link } from "@tanstack/react-router"
import { type Dashboard } from "@tessera/shared/dashboard/dashboard"
import { Order } from "@tessera/shared/order/order"
import { Format } from "../../lib/format.ts"
import { Panel } from "../../ui/panel.tsx"

/** How many orders stand where; each line leads to those orders. */
const OrdersByStatus = ({ counts }: { readonly counts: Dashboard.Model["ordersByStatus"] }) => {
  const byStatus = new Map(counts.map(({ status, count }) => [status, count]))
  const most = Math.max(1, ...byStatus.values())
  return (
    <Panel title="Orders by state">
      <Box px="md" pb="sm">
        {Order.Status.literals.map((status) => (
          <Group key={status} gap="sm" wrap="nowrap" py={4}>
            <Anchor
              component={Link}
              to={`/orders?status=${status}`}
              size="sm"
              c="var(--mantine-color-text)"
              w={140}
              style={{ whiteSpace: "nowrap" }}
            >
              {Order.label(status)}
            </Anchor>
            <Progress
              flex={1}
              size="sm"
              value={((byStatus.get(status) ?? 0) / most) * 100}
              aria-label={Order.label(status)}
            />
            <Text size="sm" fw={600} ta="right" w={64} data-testid={`dashboard-orders-${status}`}>
              {Format.count(byStatus.get(status) ?? 0)}
            </Text>
          </Group>
        ))}
      </Box>
    </Panel>
  )
}

export { OrdersByStatus }
