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
/** Full jitter over so much after the first loss: a whole replica's clients lose their connection at the same moment. */
const spanMillis = 1_500
const mostMillis = 4_000

const jittered = ({ chance, failures }: ComingBack.Ending) =>
  chance * Math.min(mostMillis, spanMillis * 2 ** failures)

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
