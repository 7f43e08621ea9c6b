import { Box, Group, Title } from "@mantine/core"
import { type ReactNode } from "react"

/** A framed part of a page, with an optional heading and actions on its right. */
const Panel = ({
  title,
  actions,
  children,
  testId
}: {
  readonly title?: string
  readonly actions?: ReactNode
  readonly children: ReactNode
  readonly testId?: string
}) => (
  <Box component="section" className="tessera-panel" data-testid={testId}>
    {title !== undefined && (
      <Group justify="space-between" px="md" py={10} gap="xs">
        <Title order={2} fz="sm">
          {title}
        </Title>
        {actions}
      </Group>
    )}
    {children}
  </Box>
)

export { Panel }
