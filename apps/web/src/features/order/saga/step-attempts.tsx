import { Group, Text } from "@mantine/core"
import { type Order } from "@tessera/shared/order/order"
import { DateTime } from "effect"
import { ChevronRight } from "lucide-react"
import { Format } from "../../../lib/format.ts"
import { ClockText } from "../../../ui/clock-text.tsx"
import { ReplicaMark } from "../../../ui/replica-mark.tsx"
import { SagaSide } from "./saga-side.ts"

const _words = { running: "running", succeeded: "done", failed: "failed" } as const

const _took = ({ endedAt, startedAt }: Order.Step) =>
  endedAt === null ? "" : ` in ${Format.duration(DateTime.distance(startedAt, endedAt))}`

/** The attempts of one step behind their sum: the replica of the last one, and its error, are always seen. */
const StepAttempts = ({ side, word }: { readonly side: SagaSide.Model; readonly word: string }) => {
  const { attempts } = side
  const last = attempts.at(-1)
  return (
    <details className="tessera-attempts" style={{ paddingLeft: 23, marginTop: 2 }}>
      <summary>
        <Text size="xs" component="span">
          {last !== undefined && <ReplicaMark id={last.replica} />}
        </Text>
        <Text size="xs" c="dimmed" component="span">
          <Group component="span" gap={2} wrap="nowrap">
            {attempts.length === 1 ? word : `${word}, ${attempts.length} attempts`}
            <ChevronRight className="tessera-chevron" size={12} aria-hidden />
          </Group>
        </Text>
        {last?.error != null && <Problem>{last.error}</Problem>}
      </summary>
      <ol aria-label="Attempts">
        {attempts.map((step) => (
          <li key={step.attempt} data-testid="attempt">
            <Group gap={8} justify="space-between">
              <Text size="xs" component="span">
                <ReplicaMark id={step.replica} />
              </Text>
              <Text size="xs" c="dimmed" component="span">
                <ClockText at={step.startedAt} />
              </Text>
            </Group>
            <Text size="xs" c="dimmed">
              Attempt {step.attempt}:{" "}
              {SagaSide.isLost(side, step) ? "never ended, its replica was lost" : _words[step.outcome]}
              {_took(step)}
            </Text>
            {step.error !== null && <Problem>{step.error}</Problem>}
          </li>
        ))}
      </ol>
    </details>
  )
}

const Problem = ({ children }: { readonly children: string }) => (
  <Text
    size="xs"
    component="span"
    display="block"
    w="100%"
    style={{ color: "var(--tessera-bad)", overflowWrap: "anywhere" }}
  >
    {children}
  </Text>
)

export { StepAttempts }
