import { Box, Text } from "@mantine/core"
import { type ReactNode } from "react"

/** One number with its name; `testId` is on the number, so that a test reads exactly it. */
const StatTile = ({
  label,
  value,
  hint,
  testId
}: {
  readonly label: string
  readonly value: ReactNode
  readonly hint?: ReactNode
  readonly testId?: string
}) => (
  <Box className="tessera-panel" px="md" py={12}>
    <Text size="xs" c="dimmed" fw={500}>
      {label}
    </Text>
    <Text fz={{ base: 19, sm: 22 }} fw={600} lh="30px" truncate data-testid={testId}>
      {value}
    </Text>
    {hint !== undefined && (
      <Text size="xs" c="dimmed" component="div" lh="18px" lineClamp={2} mih={{ base: 36, sm: 18 }}>
        {hint}
      </Text>
    )}
  </Box>
)

export { StatTile }
