import { ActionIcon, Group, NumberInput } from "@mantine/core"
import { ArrowRight } from "lucide-react"
import { useState } from "react"

/** Leads to a number of the log; Enter goes there. */
const EventJump = ({
  value,
  onGo
}: {
  readonly value: number | undefined
  readonly onGo: (seq: number) => void
}) => {
  const [text, setText] = useState<string | number>("")
  const seq = Number(text)
  const isNumber = Number.isInteger(seq) && seq > 0
  return (
    <Group
      component="form"
      gap={4}
      wrap="nowrap"
      onSubmit={(event: { readonly preventDefault: () => void }) => {
        event.preventDefault()
        isNumber && onGo(seq)
      }}
    >
      <NumberInput
        size="xs"
        w={128}
        aria-label="Go to number"
        placeholder={value === undefined ? "Go to no." : String(value)}
        min={1}
        allowDecimal={false}
        allowNegative={false}
        hideControls
        value={text}
        onChange={setText}
      />
      <ActionIcon type="submit" variant="default" size={30} aria-label="Go" disabled={!isNumber}>
        <ArrowRight size={14} />
      </ActionIcon>
    </Group>
  )
}

export { EventJump }
