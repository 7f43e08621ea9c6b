import { type Failure } from "@tessera/shared/failure/failure"
import { Format } from "../../lib/format.ts"

/** What fails at present, in words, the worst first; nothing when all is well. */
const FailureWords = {
  of: (settings: Failure.Settings): ReadonlyArray<string> =>
    [
      { isOn: settings.carrierOutage, says: "the carrier is out" },
      {
        isOn: settings.errorRatePercent > 0,
        says: `${settings.errorRatePercent} % of calls fail`
      },
      {
        isOn: settings.declineRatePercent > 0,
        says: `${settings.declineRatePercent} % of payments are declined`
      },
      {
        isOn: settings.latencyMillis > 0,
        says: `every call takes ${Format.duration(settings.latencyMillis)} longer`
      }
    ].flatMap(({ isOn, says }) => (isOn ? [says] : []))
} as const

export { FailureWords }
