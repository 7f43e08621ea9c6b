import { type Event } from "@tessera/shared/event/event"

const _most = 500

declare namespace EventTail {
  interface Parts {
    readonly live: ReadonlyArray<Event.Model>
    readonly read: ReadonlyArray<Event.Model>
    readonly type: string | undefined
    /** The newest number that may be shown; the rest is counted. */
    readonly until: number | undefined
  }
  interface Shown {
    readonly rows: ReadonlyArray<Event.Model>
    /** Events of this type that came after `until`. */
    readonly waiting: number
  }
}

/** The rows of a log that grows: what was read and what came since, each number once, the newest first. */
const EventTail = {
  of: ({ live, read, type, until }: EventTail.Parts): EventTail.Shown => {
    const wanted = live.filter((event) => type === undefined || event.type === type)
    const bySeq = new Map([...read, ...wanted].map((event) => [event.seq, event]))
    const all = [...bySeq.values()].toSorted((left, right) => right.seq - left.seq)
    const rows = all.filter(({ seq }) => until === undefined || seq <= until)
    return { rows: rows.slice(0, _most), waiting: all.length - rows.length }
  }
} as const

export { EventTail }
