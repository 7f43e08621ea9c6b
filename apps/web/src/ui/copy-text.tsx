import { ActionIcon, Code, CopyButton, Group, Tooltip } from "@mantine/core"
import { Check, Copy } from "lucide-react"

/** An id, code or secret that can be copied; `short` cuts what is shown, never what is copied. */
const CopyText = ({
  value,
  label,
  short
}: {
  readonly value: string
  readonly label: string
  readonly short?: number
}) => (
  <Group gap={4} wrap="nowrap">
    <Code style={{ overflowWrap: "anywhere" }}>
      {short === undefined || value.length <= short ? value : `${value.slice(0, short)}…`}
    </Code>
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? "Copied" : "Copy"}>
          <ActionIcon variant="subtle" color="gray" size="sm" aria-label={`Copy ${label}`} onClick={copy}>
            {copied ? <Check size={13} /> : <Copy size={13} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  </Group>
)

export { CopyText }
