import { Alert, Button, Group, Modal, MultiSelect, Stack, TextInput } from "@mantine/core"
import { schemaResolver, useForm } from "@mantine/form"
import { Event } from "@tessera/shared/event/event"
import { Webhook } from "@tessera/shared/webhook/webhook"
import { Schema } from "effect"
import { KeyRound } from "lucide-react"
import { useAction } from "../../lib/use-action.ts"
import { CopyText } from "../../ui/copy-text.tsx"
import { WebhookQueries } from "./webhook-queries.ts"

const _types = [
  { value: "*", label: "All events" },
  ...Event.types.map((type) => ({ value: type, label: type }))
]
const _initial: { url: string; description: string; types: Array<string> } = {
  url: "",
  description: "",
  types: ["*"]
}
const _resolve = schemaResolver(Schema.standardSchemaV1(Webhook.Create), { sync: true })
const _decode = Schema.decodeUnknownSync(Webhook.Create)

const _words = { url: "An http or https address", types: "At least one event type" } as const

/** The schema says what is wrong, in its own words; a person gets ours. */
const _validate = (values: typeof _initial) => {
  const errors = _resolve(values)
  return {
    url: errors.url === undefined ? null : _words.url,
    types: errors.types === undefined ? null : _words.types
  }
}

/** Adds an endpoint and then shows its secret: the only time that it can be seen. */
const CreateEndpointDialog = ({
  opened,
  onClose
}: {
  readonly opened: boolean
  readonly onClose: () => void
}) => {
  const form = useForm({ initialValues: _initial, validate: _validate })
  const create = useAction(WebhookQueries.create)
  const close = () => {
    onClose()
    form.reset()
    create.reset()
  }
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={create.data === undefined ? "Add endpoint" : "Endpoint added"}
      closeOnClickOutside={create.data === undefined}
    >
      {create.data === undefined ? (
        <form noValidate onSubmit={form.onSubmit((values) => create.mutate(_decode(values)))}>
          <Stack gap="sm">
            <TextInput
              label="Address"
              data-autofocus
              placeholder="https://example.com/hooks"
              {...form.getInputProps("url")}
            />
            <TextInput label="Description" placeholder="Optional" {...form.getInputProps("description")} />
            <MultiSelect label="Events" data={_types} searchable {...form.getInputProps("types")} />
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={close}>
                Close
              </Button>
              <Button type="submit" loading={create.isPending}>
                Add endpoint
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Stack gap="sm">
          <Alert
            variant="default"
            icon={<KeyRound color="var(--tessera-warn)" />}
            title="Copy the secret now"
          >
            It verifies our signatures and is never shown again.
          </Alert>
          <CopyText value={create.data.secret} label="secret" />
          <Group justify="flex-end">
            <Button onClick={close}>I have copied it</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  )
}

export { CreateEndpointDialog }
