import { Tooltip } from "@mantine/core"
import { useForceUpdate, useInterval } from "@mantine/hooks"
import { DateTime } from "effect"
import { Format } from "../lib/format.ts"

/** A moment as "3 min. ago", with the full date on hover; it counts on by itself. */
const TimeText = ({ at }: { readonly at: DateTime.Utc }) => {
  const refresh = useForceUpdate()
  useInterval(refresh, 10_000, { autoInvoke: true })
  return (
    <Tooltip label={Format.dateTime(at)}>
      <time dateTime={DateTime.formatIso(at)} style={{ whiteSpace: "nowrap" }}>
        {Format.ago(at, DateTime.toEpochMillis(DateTime.unsafeNow()))}
      </time>
    </Tooltip>
  )
}

export { TimeText }
