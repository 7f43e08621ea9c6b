import { Box, Group, Text, Timeline } from "@mantine/core"
import { type Order } from "@tessera/shared/order/order"
import { DateTime } from "effect"
import { Check, LoaderCircle, Route, Undo2, X } from "lucide-react"
import { Format } from "../../lib/format.ts"
import { NothingHere } from "../../ui/nothing-here.tsx"

const _outcomes = {
  running: { icon: LoaderCircle, color: "indigo", word: "running" },
  succeeded: { icon: Check, color: "teal.9", word: "done" },
  failed: { icon: X, color: "red.9", word: "failed" }
} as const

const _title = (name: string) => {
  const words = name
    .replace(/[-_.]+/g, " ")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}

const _took = (step: Order.Step) =>
  step.endedAt === null ? "still running" : Format.duration(DateTime.distance(step.startedAt, step.endedAt))

/**
 * Every attempt of every saga step in the order it happened. Steps that undo are drawn as such: amber,
 * with a return arrow, on a dashed line.
 */
const SagaTimeline = ({ steps }: { readonly steps: ReadonlyArray<Order.Step> }) =>
  steps.length === 0 ? (
    <NothingHere
      icon={Route}
      title="The saga has not started"
      description="The first step appears here as soon as a replica takes it; nothing to do but wait."
    />
  ) : (
    <Box px="md" pb="md" pt={4}>
      <Timeline bulletSize={22} lineWidth={2} active={steps.length}>
        {steps.map((step) => (
          <Timeline.Item
            key={`${step.name} ${step.direction} ${step.attempt} ${DateTime.toEpochMillis(step.startedAt)}`}
            bullet={<StepIcon step={step} />}
            color={
              step.direction === "compensate" && step.outcome !== "failed"
                ? "orange.9"
                : _outcomes[step.outcome].color
            }
            lineVariant={step.direction === "compensate" ? "dashed" : "solid"}
            data-testid="timeline-step"
            data-direction={step.direction}
            data-outcome={step.outcome}
            data-step={step.name}
            title={<StepTitle step={step} />}
          >
            <StepDetail step={step} />
          </Timeline.Item>
        ))}
      </Timeline>
    </Box>
  )

const StepIcon = ({ step }: { readonly step: Order.Step }) => {
  const Icon =
    step.direction === "compensate" && step.outcome === "succeeded" ? Undo2 : _outcomes[step.outcome].icon
  return <Icon size={13} aria-hidden />
}

const StepTitle = ({ step }: { readonly step: Order.Step }) => (
  <Group gap={8} justify="space-between" wrap="nowrap">
    <Text size="sm" fw={600}>
      {step.direction === "compensate" ? `Undo: ${_title(step.name)}` : _title(step.name)}
    </Text>
    <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
      {_took(step)}
    </Text>
  </Group>
)

const StepDetail = ({ step }: { readonly step: Order.Step }) => (
  <>
    <Text size="xs" c="dimmed">
      Attempt {step.attempt} {_outcomes[step.outcome].word} on {step.replica}
    </Text>
    {step.error !== null && (
      <Text size="xs" mt={2} style={{ color: "var(--tessera-bad)", overflowWrap: "anywhere" }}>
        {step.error}
      </Text>
    )}
  </>
)

export { SagaTimeline }
