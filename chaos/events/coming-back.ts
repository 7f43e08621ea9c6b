import { Duration } from "effect"
import { LiveEnding } from "../../apps/web/src/lib/live-ending.ts"

declare namespace ComingBack {
  type Door = "sse" | "rpc" | "client" | "bare"
  interface Ending {
    /** Connections that failed since the last one that brought something. */
    readonly failures: number
    /** Of this stream's own `retry:`, in milliseconds. */
    readonly hint: number | undefined
    /** From 0 to 1. */
    readonly chance: number
  }
}

/** What an `EventSource` waits where the server has not said anything. */
const browsersOwnMillis = 3_000
/** As the product's own page does. */
const jittered = ({ chance, failures }: ComingBack.Ending) =>
  Duration.toMillis(LiveEnding.wait("closed", failures, chance))

const waits: Readonly<Record<ComingBack.Door, (ending: ComingBack.Ending) => number>> = {
  sse: ({ hint }) => hint ?? browsersOwnMillis,
  rpc: jittered,
  client: jittered,
  bare: jittered
}

/** How long a client waits before it comes back: an `EventSource` as the server says, a socket by itself. */
const ComingBack = {
  millis: (door: ComingBack.Door, ending: ComingBack.Ending): number => Math.round(waits[door](ending))
} as const

export { ComingBack }
