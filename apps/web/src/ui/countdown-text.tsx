import { Tooltip } from "@mantine/core"
import { useForceUpdate, useInterval } from "@mantine/hooks"
import { DateTime } from "effect"
import { Format } from "../lib/format.ts"

/** How long it is until a moment, to the second, with the date on hover; screen readers say it when asked. */
const CountdownText = ({ until }: { readonly until: DateTime.Utc }) => {
  const refresh = useForceUpdate()
  useInterval(refresh, 1000, { autoInvoke: true })
  return (
    <Tooltip label={Format.dateTime(until)}>
      <time
        role="timer"
        aria-label="Time left"
        dateTime={DateTime.formatIso(until)}
        style={{ whiteSpace: "nowrap" }}
        data-testid="countdown"
      >
        {Format.left(DateTime.distance(DateTime.unsafeNow(), until))}
      </time>
    </Tooltip>
  )
}

export { CountdownText }
