import { Anchor, SimpleGrid, Text } from "@mantine/core"
import { Link } from "@tanstack/react-router"
import { type Dashboard } from "@tessera/shared/dashboard/dashboard"
import { Format } from "../../lib/format.ts"
import { Panel } from "../../ui/panel.tsx"
import { StatusBadge } from "../../ui/status-badge.tsx"

const _states = [
  { name: "delivered", label: "Delivered", tone: "good" },
  { name: "pending", label: "Pending", tone: "busy" },
  { name: "failed", label: "Given up", tone: "bad" }
] as const

/** Whether the tenant's own systems take our messages. */
const WebhookHealth = ({ webhooks }: { readonly webhooks: Dashboard.Model["webhooks"] }) => (
  <Panel
    title="Webhook health"
    actions={
      <Anchor component={Link} to="/webhooks" size="xs">
        Deliveries
      </Anchor>
    }
  >
    <SimpleGrid cols={3} px="md" pb="md" spacing="sm">
      {_states.map(({ name, label, tone }) => (
        <div key={name}>
          <Text fz={20} fw={600} mb={4} data-testid={`dashboard-webhooks-${name}`}>
            {Format.count(webhooks[name])}
          </Text>
          <StatusBadge tone={name === "failed" && webhooks.failed === 0 ? "quiet" : tone}>
            {label}
          </StatusBadge>
        </div>
      ))}
    </SimpleGrid>
  </Panel>
)

export { WebhookHealth }
