import { Anchor, SimpleGrid, Text } from "@mantine/core"
import { Link } from "@tanstack/react-router"
import { Dashboard } from "@tessera/shared/dashboard/dashboard"
import { Format } from "../../lib/format.ts"
import { Panel } from "../../ui/panel.tsx"
import { StatusBadge } from "../../ui/status-badge.tsx"
import { RangeWords } from "./range-words.ts"

const _states = [
  { name: "delivered", label: "Delivered", tone: "good" },
  { name: "pending", label: "Pending", tone: "busy" },
  { name: "failed", label: "Given up", tone: "bad" }
] as const

/** Of what came to an end; what is pending may still arrive. */
const _rate = ({ delivered, failed }: Dashboard.Model["webhooks"]) => {
  const rate = Dashboard.rate(delivered, delivered + failed)
  return rate === null ? "Nothing sent" : `${Format.percent(rate)} delivered`
}
const _first = (times: Dashboard.Percentiles) =>
  times === null ? "" : `; first attempt ${Format.duration(times.p50)}, p95 ${Format.duration(times.p95)}`

/** Whether the tenant's own systems take our messages. */
const WebhookHealth = ({
  webhooks,
  range
}: {
  readonly webhooks: Dashboard.Model["webhooks"]
  readonly range: Dashboard.Range
}) => (
  <Panel
    title="Webhook health"
    actions={
      <Anchor component={Link} to="/webhooks" size="xs">
        Deliveries
      </Anchor>
    }
  >
    <SimpleGrid cols={3} px="md" spacing="sm">
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
    <Text size="xs" c="dimmed" px="md" pt={10} pb="md" data-testid="dashboard-webhooks-rate">
      {_rate(webhooks)}
      {_first(webhooks.firstAttemptMillis)}; {RangeWords[range].long}
    </Text>
  </Panel>
)

export { WebhookHealth }
