import { Group, Kbd, Modal, Stack, Text } from "@mantine/core"

declare namespace KeysDialog {
  interface Key {
    readonly keys: ReadonlyArray<string>
    readonly does: string
  }
}

/** What the keyboard does on a page. */
const KeysDialog = ({
  keys,
  opened,
  onClose
}: {
  readonly keys: ReadonlyArray<KeysDialog.Key>
  readonly opened: boolean
  readonly onClose: () => void
}) => (
  <Modal opened={opened} onClose={onClose} title="Keyboard" size="sm">
    <Stack gap={8} component="ul" m={0} p={0} style={{ listStyle: "none" }} data-testid="keys">
      {keys.map(({ keys: pressed, does }) => (
        <Group key={does} component="li" justify="space-between" wrap="nowrap">
          <Text size="sm">{does}</Text>
          <Group gap={4} wrap="nowrap">
            {pressed.map((key) => (
              <Kbd key={key} size="sm">
                {key}
              </Kbd>
            ))}
          </Group>
        </Group>
      ))}
    </Stack>
  </Modal>
)

export { KeysDialog }
