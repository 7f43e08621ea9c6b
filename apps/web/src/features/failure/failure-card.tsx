import { Box, Button, Group, SimpleGrid, Slider, Switch, Text } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { Failure } from "@tessera/shared/failure/failure"
import { HeartPulse } from "lucide-react"
import { useState } from "react"
import { Format } from "../../lib/format.ts"
import { useAction } from "../../lib/use-action.ts"
import { usePermission } from "../../lib/use-permission.ts"
import { Panel } from "../../ui/panel.tsx"
import { QueryView } from "../../ui/query-view.tsx"
import { RowSkeleton } from "../../ui/row-skeleton.tsx"
import { FailureQueries } from "./failure-queries.ts"
import { FailureWords } from "./failure-words.ts"

const _healed = Failure.Settings.make({})
const _percent = (value: number) => `${value} %`

/** Demo only: makes the sandbox's payment provider and carrier fail, to see what becomes of orders. */
const FailureCard = () => {
  const settings = useQuery(FailureQueries.settings)
  const mayManage = usePermission("manage")
  const replace = useAction(FailureQueries.replace)
  const heal = useAction(FailureQueries.replace, { done: "All failures healed" })
  const isFailing = settings.data !== undefined && FailureWords.of(settings.data).length > 0
  const actions = (
    <Button
      variant="default"
      size="compact-sm"
      leftSection={<HeartPulse size={13} color="var(--tessera-good)" />}
      disabled={!mayManage || !isFailing}
      loading={heal.isPending}
      onClick={() => heal.mutate(_healed)}
      data-testid="heal-all"
    >
      Heal all
    </Button>
  )
  return (
    <div id="failures" ref={_reveal}>
      <Panel title="Failures of the sandbox" actions={actions} testId="failures">
        <Text size="xs" c="dimmed" px="md" mt={-6} mb="sm">
          What the payment provider and the carrier do wrong on purpose, for all tenants of this demo.
        </Text>
        <QueryView query={settings} loading={<RowSkeleton rows={2} />}>
          {(model) => (
            <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }} spacing="lg" px="md" pb="md">
              <Dial
                label="Payments declined"
                value={model.declineRatePercent}
                isOff={!mayManage}
                onSet={(declineRatePercent) => replace.mutate(_with(model, { declineRatePercent }))}
              />
              <Dial
                label="Calls that fail"
                value={model.errorRatePercent}
                isOff={!mayManage}
                onSet={(errorRatePercent) => replace.mutate(_with(model, { errorRatePercent }))}
              />
              <Dial
                label="Latency of a call"
                value={model.latencyMillis}
                max={5000}
                step={250}
                says={Format.duration}
                isOff={!mayManage}
                onSet={(latencyMillis) => replace.mutate(_with(model, { latencyMillis }))}
              />
              <Box>
                <Switch
                  label="Carrier outage"
                  description="Every booking is answered 503"
                  checked={model.carrierOutage}
                  disabled={!mayManage || replace.isPending}
                  onChange={(event) =>
                    replace.mutate(_with(model, { carrierOutage: event.currentTarget.checked }))
                  }
                />
              </Box>
            </SimpleGrid>
          )}
        </QueryView>
      </Panel>
    </div>
  )
}

/** The page before had only the address of the card; here it is. */
const _reveal = (card: HTMLElement | null) => {
  window.location.hash === "#failures" ? card?.scrollIntoView({ block: "center" }) : undefined
}

const _with = (model: Failure.Settings, change: Partial<Failure.Settings>) =>
  Failure.Settings.make({ ...model, ...change })

/** A number that is set when the handle is let go; while it moves, only the label follows. */
const Dial = ({
  label,
  value,
  max = 100,
  step = 5,
  says = _percent,
  isOff,
  onSet
}: {
  readonly label: string
  readonly value: number
  readonly max?: number
  readonly step?: number
  readonly says?: (value: number) => string
  readonly isOff: boolean
  readonly onSet: (value: number) => void
}) => {
  const [moved, setMoved] = useState<number>()
  const end = (to: number) => {
    setMoved(undefined)
    onSet(to)
  }
  return (
    <Box>
      <Group justify="space-between" mb={8}>
        <Text size="sm">{label}</Text>
        <Text size="sm" fw={600}>
          {says(moved ?? value)}
        </Text>
      </Group>
      <Slider
        size="sm"
        color={value > 0 ? "red.9" : "indigo"}
        label={null}
        thumbLabel={label}
        min={0}
        max={max}
        step={step}
        disabled={isOff}
        value={moved ?? value}
        onChange={setMoved}
        onChangeEnd={end}
      />
    </Box>
  )
}

export { FailureCard }
