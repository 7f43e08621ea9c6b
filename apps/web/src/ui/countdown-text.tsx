import { Tooltip } from "@mantine/core"
import { useForceUpdate, useInterval } from "@mantine/hooks"
import { DateTime } from "effect"
import { Format } from "../lib/format.ts"

/** How long it is until a moment, second by second, with the full date on hover; from then on it is 0 s. */
const CountdownText = ({ until }: { readonly until: DateTime.Utc }) => {
  const refresh = useForceUpdate()
  useInterval(refresh, 1000, { autoInvoke: true })
  const left = DateTime.toEpochMillis(until) - DateTime.toEpochMillis(DateTime.unsafeNow())
  const seconds = Math.ceil(Math.max(0, left) / 1000)
  return (
    <Tooltip label={Format.dateTime(until)}>
      <time dateTime={DateTime.formatIso(until)} style={{ whiteSpace: "nowrap" }}>
        {seconds < 60 ? `${seconds} s` : Format.duration(seconds * 1000)}
      </time>
    </Tooltip>
  )
}

export { CountdownText }
