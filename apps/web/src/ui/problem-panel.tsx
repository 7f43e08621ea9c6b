import { Button, Code, Group, Stack, Text, Title } from "@mantine/core"
import { Option } from "effect"
import { CircleX, RotateCw } from "lucide-react"
import { type ClientProblem } from "../lib/client-problem.ts"

/** The error state of a page or panel: what happened, what to quote to support, and Retry. */
const ProblemPanel = ({
  problem,
  onRetry
}: {
  readonly problem: ClientProblem
  readonly onRetry: () => void
}) => (
  <Stack role="alert" align="center" gap="xs" py={40} px="md" data-testid="problem">
    <CircleX size={26} color="var(--tessera-bad)" aria-hidden />
    <Title order={2} fz="md">
      {problem.title}
    </Title>
    {Option.isSome(problem.detail) && (
      <Text size="sm" c="dimmed" ta="center" maw={520}>
        {problem.detail.value}
      </Text>
    )}
    <Group gap="xs">
      <Text size="xs" c="dimmed">
        {problem.code}
      </Text>
      {Option.isSome(problem.requestId) && (
        <Text size="xs" c="dimmed" component="span">
          Request <Code>{problem.requestId.value}</Code>
        </Text>
      )}
    </Group>
    <Button variant="default" mt={4} leftSection={<RotateCw size={14} />} onClick={onRetry}>
      Retry
    </Button>
  </Stack>
)

export { ProblemPanel }
