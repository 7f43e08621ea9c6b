import "./failure-strip.css"
import { Button, Group, Text } from "@mantine/core"
import { Link } from "@tanstack/react-router"
import { type Failure } from "@tessera/shared/failure/failure"
import { TriangleAlert } from "lucide-react"
import { FailureWords } from "./failure-words.ts"

/** Says on every page that what goes wrong does so on purpose. */
const FailureStrip = ({ settings }: { readonly settings: Failure.Settings }) => (
  <Group className="tessera-strip" gap={8} wrap="nowrap" px="md" role="status" data-testid="failure-strip">
    <TriangleAlert size={14} aria-hidden style={{ flex: "none" }} />
    <Text size="xs" fw={600} style={{ whiteSpace: "nowrap" }}>
      Failures are injected
    </Text>
    <Text size="xs" truncate flex={1} visibleFrom="xs">
      {FailureWords.of(settings).join(", ")}
    </Text>
    <Button
      component={Link}
      to="/cluster"
      hash="failures"
      variant="default"
      size="compact-xs"
      ml="auto"
      style={{ flex: "none" }}
    >
      Change
    </Button>
  </Group>
)

export { FailureStrip }
