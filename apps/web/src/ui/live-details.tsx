import { Button, Group, Stack, Text } from "@mantine/core"
import { Option } from "effect"
import { Pause, Play, RotateCw } from "lucide-react"
import { type ReactNode } from "react"
import { Format } from "../lib/format.ts"
import { LiveEnding } from "../lib/live-ending.ts"
import { LiveStore } from "../lib/live-store.ts"
import { useLive } from "../lib/use-live.ts"
import { ClockText } from "./clock-text.tsx"
import { CountdownText } from "./countdown-text.tsx"
import { ReplicaMark } from "./replica-mark.tsx"

const _held = {
  person: "You paused the updates. What happens meanwhile is shown when you resume.",
  offline: "This device has no network. Updates go on by themselves when it is back.",
  hidden: "Nobody has looked at this page for a while. Updates go on when somebody does."
} as const satisfies Record<LiveStore.Hold, string>

const _lost = (state: LiveStore.State) =>
  Option.match(state.loss, { onNone: () => "", onSome: (loss) => LiveEnding.words[loss] })

const _stories = {
  connecting: () => "Asking for what has happened since.",
  live: () => "What happens is on the screen at once.",
  reconnecting: (state) => `${_lost(state)} What you miss is shown when it is back.`,
  paused: ({ holds: [hold = "person"] }) => _held[hold]
} as const satisfies Record<LiveStore.Status, (state: LiveStore.State) => string>

const _titles = {
  connecting: "Connecting",
  live: "Live",
  reconnecting: "Reconnecting",
  paused: "Paused"
} as const satisfies Record<LiveStore.Status, string>

/** What happened to the live connection, and what a person can do about it. */
const LiveDetails = () => {
  const state = useLive((all) => all)
  const isPaused = state.status === "paused"
  const isWaiting = state.status === "reconnecting" || state.holds.includes("offline")
  return (
    <Stack gap="sm">
      <div>
        <Text size="sm" fw={600}>
          {_titles[state.status]} since <ClockText at={state.since} />
        </Text>
        <Text size="xs" c="dimmed" mt={2} data-testid="live-story">
          {_stories[state.status](state)}
        </Text>
      </div>
      <Stack component="dl" gap={4} m={0}>
        <Fact name="Replica">
          {Option.match(state.replica, {
            onNone: () => "none",
            onSome: (replica) => <ReplicaMark id={replica} />
          })}
        </Fact>
        <Fact name="Last event" testId="live-position">
          {Option.match(state.position, {
            onNone: () => "none yet",
            onSome: (seq) => `no. ${Format.count(seq)}`
          })}
        </Fact>
        {state.status === "reconnecting" && (
          <Fact name="Next attempt">
            {Option.match(state.nextAttempt, {
              onNone: () => "now",
              onSome: (at) => (
                <>
                  in <CountdownText until={at} />
                </>
              )
            })}
          </Fact>
        )}
        {state.losses > 0 && (
          <Fact name="Lost">
            {state.losses === 1 ? "once" : `${Format.count(state.losses)} times`} since this page was opened
          </Fact>
        )}
      </Stack>
      <Group gap="xs" grow>
        <Button
          variant="default"
          size="compact-sm"
          leftSection={isPaused ? <Play size={13} aria-hidden /> : <Pause size={13} aria-hidden />}
          onClick={LiveStore.togglePause}
          data-testid="live-toggle"
        >
          {state.holds.includes("person") ? "Resume" : "Pause"}
        </Button>
        {isWaiting && (
          <Button
            variant="default"
            size="compact-sm"
            leftSection={<RotateCw size={13} aria-hidden />}
            onClick={LiveStore.retryNow}
            data-testid="live-retry"
          >
            Try now
          </Button>
        )}
      </Group>
    </Stack>
  )
}

const Fact = ({
  name,
  children,
  testId
}: {
  readonly name: string
  readonly children: ReactNode
  readonly testId?: string
}) => (
  <Group gap="xs" wrap="nowrap" align="baseline">
    <Text component="dt" size="xs" c="dimmed" w={84}>
      {name}
    </Text>
    <Text component="dd" size="xs" m={0} data-testid={testId}>
      {children}
    </Text>
  </Group>
)

export { LiveDetails }
