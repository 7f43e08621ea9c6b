import { Box, Group, Text } from "@mantine/core"
import { type LucideIcon } from "lucide-react"
import { type ReactNode } from "react"

/** What a person should know before all else on a page, and what to do about it on its right. */
const Banner = ({
  label,
  icon: Icon,
  color,
  title,
  actions,
  children,
  testId,
  state
}: {
  /** What it is about; a screen reader lists it so. */
  readonly label: string
  readonly icon: LucideIcon
  readonly color: string
  readonly title: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
  readonly testId: string
  /** For a test: in which of its states it is. */
  readonly state?: string
}) => (
  <Box
    component="section"
    aria-label={label}
    className="tessera-panel"
    px="md"
    py={12}
    mb="md"
    style={{ borderLeft: `3px solid ${color}` }}
    data-testid={testId}
    data-state={state}
  >
    <Group justify="space-between" gap="sm">
      <Group gap={10} wrap="nowrap" align="flex-start">
        <Icon size={17} color={color} style={{ marginTop: 2, flex: "none" }} aria-hidden />
        <div>
          <Text size="sm" fw={600}>
            {title}
          </Text>
          <Text size="sm" c="dimmed" component="div" style={{ overflowWrap: "anywhere" }}>
            {children}
          </Text>
        </div>
      </Group>
      {actions}
    </Group>
  </Box>
)

export { Banner }
