import { Button, Group, Text } from "@mantine/core"
import { ChevronLeft, ChevronRight } from "lucide-react"
import { useState } from "react"

/**
 * Moves along a cursor-paged list. The present cursor is in the URL; the way back is only remembered here,
 * so a shared link goes back to the first page.
 */
const Pager = ({
  shown,
  cursor,
  nextCursor,
  onGo
}: {
  readonly shown: number
  readonly cursor: string | undefined
  readonly nextCursor: string | null
  readonly onGo: (cursor: string | undefined) => void
}) => {
  const [trail, setTrail] = useState<ReadonlyArray<string | undefined>>([])
  const back = () => {
    setTrail(trail.slice(0, -1))
    onGo(trail.at(-1))
  }
  const next = () => {
    setTrail(cursor === undefined ? [undefined] : [...trail, cursor])
    onGo(nextCursor ?? undefined)
  }
  return (
    <Group justify="space-between" px="md" py={8} style={{ borderTop: "1px solid var(--tessera-line)" }}>
      <Text size="xs" c="dimmed">
        {shown} shown{nextCursor === null ? "" : ", more follow"}
      </Text>
      <Group gap={6}>
        <Button
          variant="default"
          size="compact-xs"
          disabled={cursor === undefined}
          leftSection={<ChevronLeft size={13} />}
          onClick={back}
        >
          Previous
        </Button>
        <Button
          variant="default"
          size="compact-xs"
          disabled={nextCursor === null}
          rightSection={<ChevronRight size={13} />}
          onClick={next}
        >
          Next
        </Button>
      </Group>
    </Group>
  )
}

export { Pager }
