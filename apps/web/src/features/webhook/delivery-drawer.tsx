import { Button, Drawer, Group, Stack, Text } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { type Webhook } from "@tessera/shared/webhook/webhook"
import { Hourglass, RotateCw } from "lucide-react"
import { useAction } from "../../lib/use-action.ts"
import { usePermission } from "../../lib/use-permission.ts"
import { CopyText } from "../../ui/copy-text.tsx"
import { NothingHere } from "../../ui/nothing-here.tsx"
import { QueryView } from "../../ui/query-view.tsx"
import { AttemptCard } from "./attempt-card.tsx"
import { DeliveryStatus } from "./delivery-status.tsx"
import { WebhookQueries } from "./webhook-queries.ts"

/** One delivery: every attempt with what was sent and answered, and the button to send it once more. */
const DeliveryDrawer = ({
  delivery,
  onClose
}: {
  readonly delivery: Webhook.Delivery | undefined
  readonly onClose: () => void
}) => (
  <Drawer opened={delivery !== undefined} onClose={onClose} position="right" size="lg" title={delivery?.type}>
    {delivery !== undefined && <DeliveryView delivery={delivery} />}
  </Drawer>
)

const DeliveryView = ({ delivery }: { readonly delivery: Webhook.Delivery }) => {
  const attempts = useQuery(WebhookQueries.attempts(delivery.id))
  const mayOperate = usePermission("operate")
  const replay = useAction(WebhookQueries.replay, { done: "Sending it again" })
  const none = (
    <NothingHere
      icon={Hourglass}
      title="Not tried yet"
      description="The first attempt appears here by itself."
    />
  )
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Group gap="xs">
          <DeliveryStatus status={delivery.status} />
          <CopyText value={delivery.messageId} label="message id" short={20} />
        </Group>
        <Button
          variant="default"
          leftSection={<RotateCw size={14} />}
          disabled={!mayOperate}
          loading={replay.isPending}
          onClick={() => replay.mutate(delivery.id)}
        >
          Replay
        </Button>
      </Group>
      <Text size="xs" c="dimmed">
        The message id is the same on all attempts, so a receiver can tell a repeat.
      </Text>
      <QueryView query={attempts} isEmpty={(rows) => rows.length === 0} empty={none}>
        {(rows) => rows.map((attempt) => <AttemptCard key={attempt.attempt} attempt={attempt} />)}
      </QueryView>
    </Stack>
  )
}

export { DeliveryDrawer }
