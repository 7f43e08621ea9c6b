import { Alert, Group, Text } from "@mantine/core"
import { Option } from "effect"
import { CircleX } from "lucide-react"
import { type ReactNode } from "react"
import { type ClientProblem } from "../lib/client-problem.ts"

/** On a phone it may come where nobody looks. */
const _show = (note: HTMLDivElement | null) => note?.scrollIntoView({ block: "nearest" })

/** Why a form was refused, in the form itself: nothing that was typed is lost. `children` say what to do. */
const ProblemNote = ({
  problem,
  children
}: {
  readonly problem: ClientProblem
  readonly children?: ReactNode
}) => (
  <Alert
    ref={_show}
    variant="default"
    p="xs"
    role="alert"
    icon={<CircleX color="var(--tessera-bad)" />}
    title={problem.title}
    style={{ borderColor: "var(--tessera-bad)" }}
    data-testid="problem-note"
    data-code={problem.code}
  >
    <Group gap="xs" justify="space-between">
      <Text size="sm">{children ?? Option.getOrNull(problem.detail)}</Text>
      {Option.isSome(problem.requestId) && (
        <Text size="xs" c="dimmed">
          Request {problem.requestId.value}
        </Text>
      )}
    </Group>
  </Alert>
)

export { ProblemNote }
