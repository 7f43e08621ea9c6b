import { DateTime } from "effect"
import { Format } from "../lib/format.ts"

/** A moment as the time of day, with its date where that is not today's. */
const ClockText = ({ at }: { readonly at: DateTime.Utc }) => (
  <time dateTime={DateTime.formatIso(at)} style={{ whiteSpace: "nowrap" }}>
    {Format.clock(at, DateTime.toEpochMillis(DateTime.unsafeNow()))}
  </time>
)

export { ClockText }
