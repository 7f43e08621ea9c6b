import { Button, Group, type MantineSize, Modal, Text } from "@mantine/core"
import { useDisclosure } from "@mantine/hooks"
import { type LucideIcon } from "lucide-react"

/** A button for what cannot be taken back: it says in a dialog what will happen, and asks. */
const ConfirmButton = ({
  label,
  icon: Icon,
  question,
  consequence,
  loading,
  size = "xs",
  disabled = false,
  onConfirm
}: {
  readonly label: string
  readonly icon: LucideIcon
  readonly question: string
  readonly consequence: string
  readonly loading: boolean
  readonly size?: MantineSize | `compact-${MantineSize}`
  readonly disabled?: boolean
  readonly onConfirm: () => void
}) => {
  const [opened, dialog] = useDisclosure(false)
  const confirm = () => {
    dialog.close()
    onConfirm()
  }
  return (
    <>
      <Button
        variant="default"
        size={size}
        leftSection={<Icon size={14} color="var(--tessera-bad)" />}
        loading={loading}
        disabled={disabled}
        onClick={dialog.open}
      >
        {label}
      </Button>
      <Modal opened={opened} onClose={dialog.close} title={question}>
        <Text size="sm">{consequence}</Text>
        <Group justify="flex-end" mt="lg" gap="xs">
          <Button variant="default" onClick={dialog.close} data-autofocus>
            Keep it
          </Button>
          <Button color="red.9" onClick={confirm}>
            {label}
          </Button>
        </Group>
      </Modal>
    </>
  )
}

export { ConfirmButton }
