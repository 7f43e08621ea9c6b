import { Badge } from "@mantine/core"
import { CircleAlert, CircleCheck, CircleDashed, CircleDot, CircleX, Undo2 } from "lucide-react"
import { type ReactNode } from "react"

const _looks = {
  quiet: { icon: CircleDashed, color: "var(--tessera-quiet)" },
  busy: { icon: CircleDot, color: "var(--tessera-busy)" },
  good: { icon: CircleCheck, color: "var(--tessera-good)" },
  warn: { icon: CircleAlert, color: "var(--tessera-warn)" },
  bad: { icon: CircleX, color: "var(--tessera-bad)" },
  undo: { icon: Undo2, color: "var(--tessera-warn)" }
} as const

declare namespace StatusBadge {
  type Tone = keyof typeof _looks
}

/** A state as icon, word and colour together: none of them is needed to understand the other two. */
const StatusBadge = ({
  tone,
  children,
  testId
}: {
  readonly tone: StatusBadge.Tone
  readonly children: ReactNode
  readonly testId?: string | undefined
}) => {
  const { icon: Icon, color } = _looks[tone]
  return (
    <Badge
      variant="default"
      radius="sm"
      size="md"
      tt="none"
      fw={500}
      miw="max-content"
      leftSection={<Icon size={13} color={color} strokeWidth={2.25} aria-hidden />}
      data-testid={testId}
      data-tone={tone}
    >
      {children}
    </Badge>
  )
}

export { StatusBadge }
