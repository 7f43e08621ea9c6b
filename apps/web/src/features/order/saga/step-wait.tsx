import { Text } from "@mantine/core"
import { type Order } from "@tessera/shared/order/order"
import { DateTime } from "effect"
import { Format } from "../../../lib/format.ts"
import { ClockText } from "../../../ui/clock-text.tsx"
import { type SagaRun } from "./saga-run.ts"

/** The wait before a step: since when and until when it lasts at most, or how long it was. */
const StepWait = ({ wait, order }: { readonly wait: Order.Step; readonly order: SagaRun.Order }) => {
  const what = wait.name === "approve" ? " for approval" : ""
  return (
    <Text size="xs" c="dimmed" pl={23} mt={2} data-testid="step-wait">
      {wait.endedAt === null ? (
        <>
          Waiting{what} since <ClockText at={wait.startedAt} />
          {order.approvalDueAt !== null && (
            <>
              , until <ClockText at={order.approvalDueAt} />
            </>
          )}
        </>
      ) : (
        `Waited ${Format.duration(DateTime.distance(wait.startedAt, wait.endedAt))}${what}`
      )}
    </Text>
  )
}

export { StepWait }
