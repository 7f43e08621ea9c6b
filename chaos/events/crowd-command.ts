import { type ComingBack } from "./coming-back.ts"

declare namespace CrowdCommand {
  interface Open {
    readonly do: "open"
    readonly group: string
    readonly door: ComingBack.Door
    readonly count: number
    /** In turn. */
    readonly urls: ReadonlyArray<string>
    readonly apiKeys: ReadonlyArray<string>
    /** Subscribers that share an API key. */
    readonly perUser: number
  }
  /** Of one group: stop reading, go away, say how many events came, give and forget when they came. */
  interface OfGroup {
    readonly do: "pause" | "close" | "count" | "take"
    readonly group: string
  }
  interface Usage {
    readonly do: "usage"
  }
  interface Count {
    readonly events: number
    readonly lastAt: number
    readonly connected: number
    readonly endings: Readonly<Record<string, number>>
  }
  /** By SKU, on the machine's monotonic clock. */
  type Arrivals = Readonly<Record<string, ReadonlyArray<number>>>
  interface Message {
    readonly id: number
    readonly command: CrowdCommand
  }
  interface Reply {
    readonly id: number
    readonly value?: unknown
    readonly error?: string
  }
}

/** What a process full of subscribers is told. */
type CrowdCommand = CrowdCommand.Open | CrowdCommand.OfGroup | CrowdCommand.Usage

export type { CrowdCommand }
