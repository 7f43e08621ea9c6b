import { Alert, Box, Text } from "@mantine/core"
import { Array as Arr } from "effect"
import { CircleAlert, CircleCheck } from "lucide-react"
import { type BulkOutcome } from "./bulk-outcome.ts"

/** Refusals with the same reason are one line: fifty orders have rarely more than two. */
const _reasons = (refused: BulkOutcome.Model["refused"]) =>
  Object.entries(Arr.groupBy(refused, ({ problem }) => problem.title)).map(
    ([title, same]) => `${title}: ${same.map(({ number }) => number).join(", ")}`
  )

/** What became of an action on many orders, in a sentence: "7 cancelled, 2 could not", and why. */
const BulkSummary = ({
  verb,
  outcome: { done, refused },
  onClose
}: {
  readonly verb: string
  readonly outcome: BulkOutcome.Model
  readonly onClose: () => void
}) => {
  const isWhole = refused.length === 0
  const Icon = isWhole ? CircleCheck : CircleAlert
  return (
    <Box px="md" pb={10} role="status">
      <Alert
        variant="default"
        p="xs"
        withCloseButton
        closeButtonLabel="Dismiss"
        onClose={onClose}
        icon={<Icon color={isWhole ? "var(--tessera-good)" : "var(--tessera-warn)"} />}
        title={`${done.length} ${verb}${isWhole ? "" : `, ${refused.length} could not`}`}
        data-testid="bulk-summary"
      >
        {_reasons(refused).map((reason) => (
          <Text key={reason} size="xs" c="dimmed">
            {reason}
          </Text>
        ))}
      </Alert>
    </Box>
  )
}

export { BulkSummary }
