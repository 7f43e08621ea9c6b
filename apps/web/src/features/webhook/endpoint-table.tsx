import { Button, Group, Switch, Table, Text } from "@mantine/core"
import { type Webhook } from "@tessera/shared/webhook/webhook"
import { Send, Trash2 } from "lucide-react"
import { useAction } from "../../lib/use-action.ts"
import { ConfirmButton } from "../../ui/confirm-button.tsx"
import { DataTable } from "../../ui/data-table.tsx"
import { StatusBadge } from "../../ui/status-badge.tsx"
import { WebhookQueries } from "./webhook-queries.ts"

const _columns = [
  { label: "Endpoint" },
  { label: "Events" },
  { label: "Status" },
  { label: "Actions", numeric: true, hidden: true }
] as const

/** Rows of endpoints with their switch, a test message, and removal. */
const EndpointTable = ({
  endpoints,
  mayManage
}: {
  readonly endpoints: ReadonlyArray<Webhook.Endpoint>
  readonly mayManage: boolean
}) => (
  <DataTable label="Endpoints" columns={_columns} minWidth={760}>
    {endpoints.map((endpoint) => (
      <Table.Tr key={endpoint.id} data-testid="endpoint-row">
        <Table.Td style={{ overflowWrap: "anywhere" }}>
          <Text size="sm" fw={600}>
            {endpoint.url}
          </Text>
          {endpoint.description !== "" && (
            <Text size="xs" c="dimmed">
              {endpoint.description}
            </Text>
          )}
        </Table.Td>
        <Table.Td>
          <Text size="xs" c="dimmed" maw={240}>
            {endpoint.types.includes("*") ? "All events" : endpoint.types.join(", ")}
          </Text>
        </Table.Td>
        <Table.Td>
          <StatusBadge tone={endpoint.enabled ? "good" : "bad"}>
            {endpoint.enabled ? "Enabled" : "Disabled"}
          </StatusBadge>
          {endpoint.disabledReason !== null && (
            <Text size="xs" c="dimmed" mt={2}>
              {endpoint.disabledReason}
            </Text>
          )}
        </Table.Td>
        <Table.Td>
          <EndpointActions endpoint={endpoint} mayManage={mayManage} />
        </Table.Td>
      </Table.Tr>
    ))}
  </DataTable>
)

const EndpointActions = ({
  endpoint: { id, url, enabled },
  mayManage
}: {
  readonly endpoint: Webhook.Endpoint
  readonly mayManage: boolean
}) => {
  const enable = useAction(WebhookQueries.enable)
  const test = useAction(WebhookQueries.test, { done: "Test message on its way" })
  const remove = useAction(WebhookQueries.remove, { done: "Endpoint deleted" })
  return (
    <Group gap="xs" justify="flex-end" wrap="nowrap">
      <Switch
        size="sm"
        aria-label={`Send to ${url}`}
        checked={enabled}
        disabled={!mayManage || enable.isPending}
        onChange={(event) => enable.mutate({ id, enabled: event.currentTarget.checked })}
      />
      <Button
        variant="default"
        leftSection={<Send size={14} />}
        disabled={!mayManage || !enabled}
        loading={test.isPending}
        onClick={() => test.mutate(id)}
      >
        Send test
      </Button>
      <ConfirmButton
        label="Delete"
        icon={Trash2}
        question="Delete this endpoint?"
        consequence={`Nothing more is sent to ${url}; messages that wait for it are dropped.`}
        loading={remove.isPending}
        disabled={!mayManage}
        onConfirm={() => remove.mutate(id)}
      />
    </Group>
  )
}

export { EndpointTable }
