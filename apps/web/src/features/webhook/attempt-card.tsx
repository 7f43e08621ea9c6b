import { Box, Group, Stack, Text } from "@mantine/core"
import { type Webhook } from "@tessera/shared/webhook/webhook"
import { Option, Schema } from "effect"
import { Format } from "../../lib/format.ts"
import { StatusBadge } from "../../ui/status-badge.tsx"
import { TimeText } from "../../ui/time-text.tsx"

const _json = Schema.decodeUnknownOption(Schema.parseJson())

/** JSON on many lines; anything else as it is. */
const _readable = (body: string) =>
  Option.match(_json(body), { onNone: () => body, onSome: (value) => JSON.stringify(value, null, 2) })

const _isGood = (code: number | null) => code !== null && code >= 200 && code < 300

/** One attempt: what came back, how long it took, and both bodies. */
const AttemptCard = ({ attempt }: { readonly attempt: Webhook.Attempt }) => (
  <Box className="tessera-panel" p="sm" data-testid="attempt-row">
    <Group justify="space-between" mb={8}>
      <Group gap="xs">
        <Text size="sm" fw={600}>
          Attempt {attempt.attempt}
        </Text>
        <StatusBadge tone={_isGood(attempt.statusCode) ? "good" : "bad"}>
          {attempt.statusCode ?? "No answer"}
        </StatusBadge>
      </Group>
      <Text size="xs" c="dimmed" component="span">
        {Format.duration(attempt.latencyMillis)}, <TimeText at={attempt.at} />
      </Text>
    </Group>
    {attempt.error !== null && (
      <Text size="xs" mb={8} style={{ color: "var(--tessera-bad)" }}>
        {attempt.error}
      </Text>
    )}
    <Stack gap={6}>
      <Body label="Request" attempt={attempt.attempt} text={attempt.requestBody} />
      <Body label="Response" attempt={attempt.attempt} text={attempt.responseBody} />
    </Stack>
  </Box>
)

const Body = ({
  label,
  attempt,
  text
}: {
  readonly label: string
  readonly attempt: number
  readonly text: string
}) => (
  <div>
    <Text size="xs" c="dimmed" mb={2}>
      {label}
    </Text>
    <Box className="tessera-pre" role="region" aria-label={`${label} of attempt ${attempt}`} tabIndex={0}>
      {text === "" ? "(empty)" : _readable(text)}
    </Box>
  </div>
)

export { AttemptCard }
