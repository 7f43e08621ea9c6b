import { Button, Group, Modal, Stack, TextInput } from "@mantine/core"
import { type FormEvent, useState } from "react"

/** Asks for the name of a view; `isFree` says whether no other has it. */
const ViewNameDialog = ({
  opened,
  title,
  initial,
  isFree,
  onName,
  onClose
}: {
  readonly opened: boolean
  readonly title: string
  readonly initial: string
  readonly isFree: (name: string) => boolean
  readonly onName: (name: string) => void
  readonly onClose: () => void
}) => {
  const [text, setText] = useState(initial)
  const name = text.trim()
  const isTaken = name !== initial && !isFree(name)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    name === "" || isTaken ? undefined : onName(name)
  }
  return (
    <Modal opened={opened} onClose={onClose} title={title} size="sm">
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            label="Name"
            description="The present filters, in this browser, for this tenant."
            data-autofocus
            maxLength={40}
            value={text}
            error={isTaken ? "Another view has this name" : undefined}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Close
            </Button>
            <Button type="submit" disabled={name === "" || isTaken}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

export { ViewNameDialog }
