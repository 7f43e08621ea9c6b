import { Button, Stack } from "@mantine/core"
import { useDisclosure } from "@mantine/hooks"
import { useQuery } from "@tanstack/react-query"
import { Plus, Webhook as WebhookIcon } from "lucide-react"
import { type ReactNode } from "react"
import { usePermission } from "../../lib/use-permission.ts"
import { NothingHere } from "../../ui/nothing-here.tsx"
import { PageHeader } from "../../ui/page-header.tsx"
import { Panel } from "../../ui/panel.tsx"
import { QueryView } from "../../ui/query-view.tsx"
import { CreateEndpointDialog } from "./create-endpoint-dialog.tsx"
import { DeliveryPanel } from "./delivery-panel.tsx"
import { EndpointTable } from "./endpoint-table.tsx"
import { WebhookQueries } from "./webhook-queries.ts"

/** `/webhooks`: where events go, and what became of each sending. */
const WebhookPage = (): ReactNode => {
  const endpoints = useQuery(WebhookQueries.endpoints)
  const mayManage = usePermission("manage")
  const [opened, dialog] = useDisclosure(false)
  const create = (
    <Button leftSection={<Plus size={14} />} onClick={dialog.open} disabled={!mayManage}>
      Add endpoint
    </Button>
  )
  const none = (
    <NothingHere
      icon={WebhookIcon}
      title="No endpoints yet"
      description="Add an address of yours, and every event is sent to it, signed and retried."
    >
      {create}
    </NothingHere>
  )
  return (
    <>
      <PageHeader
        title="Webhooks"
        description="Signed messages to your own systems; failed ones are tried again."
      >
        {create}
      </PageHeader>
      <Stack gap="md">
        <Panel title="Endpoints">
          <QueryView query={endpoints} isEmpty={(rows) => rows.length === 0} empty={none}>
            {(rows) => <EndpointTable endpoints={rows} mayManage={mayManage} />}
          </QueryView>
        </Panel>
        <DeliveryPanel endpoints={endpoints.data ?? []} />
      </Stack>
      <CreateEndpointDialog opened={opened} onClose={dialog.close} />
    </>
  )
}

export { WebhookPage }
