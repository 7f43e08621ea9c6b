import { Group, Stack, Text, Title } from "@mantine/core"
import { type ReactNode } from "react"

/** Heading of a page, what it is for, and its main actions. */
const PageHeader = ({
  title,
  description,
  children
}: {
  readonly title: ReactNode
  readonly description?: ReactNode
  readonly children?: ReactNode
}) => (
  <Group justify="space-between" align="flex-start" mb="md" gap="sm">
    <Stack gap={2} style={{ minWidth: 0 }}>
      <Title order={1} fz={20} lh={1.3}>
        {title}
      </Title>
      {description !== undefined && (
        <Text size="sm" c="dimmed" component="div">
          {description}
        </Text>
      )}
    </Stack>
    <Group gap="xs">{children}</Group>
  </Group>
)

export { PageHeader }
