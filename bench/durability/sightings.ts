import { monotonic } from "../support/monotonic.ts"
import { type Protocol } from "./protocol.ts"

interface Sighting {
  readonly indexes: Set<number>
  readonly waits: Array<number>
  total: number
  lastAt: number
}

const seen = new Map<string, Sighting>()

/** What the handlers of this process were given, by tag. */
const Sightings = {
  /** `at` is when the submitter began to submit. */
  see: (tag: string, index: number, at: number): void => {
    const now = monotonic()
    const sighting = seen.get(tag) ?? { indexes: new Set(), waits: [], total: 0, lastAt: 0 }
    seen.set(tag, sighting)
    sighting.total += 1
    sighting.lastAt = now
    sighting.indexes.add(index)
    sighting.waits.push(now - at)
  },
  of: (tag: string, withWaits: boolean): Protocol.Seen => {
    const sighting = seen.get(tag)
    return {
      total: sighting?.total ?? 0,
      distinct: sighting?.indexes.size ?? 0,
      lastAt: sighting?.lastAt ?? 0,
      waits: withWaits ? (sighting?.waits ?? []) : []
    }
  }
} as const

export { Sightings }
