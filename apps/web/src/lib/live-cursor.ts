import { Option } from "effect"

/**
 * Who comes back with more rows to catch up reads the pages anew; replaying thousands shows the same
 * later.
 */
const _replayed = 1000

declare namespace LiveCursor {
  /** None until the first batch told the head. */
  type Position = Option.Option<number>
  interface Numbered {
    readonly seq: number
  }
  interface Batch<Row extends Numbered> {
    readonly head: number
    readonly events: ReadonlyArray<Row>
  }
  interface Accepted<Row extends Numbered> {
    readonly position: Position
    /** Rows not seen before, in order, each the neighbour of the one before it. */
    readonly fresh: ReadonlyArray<Row>
    /** True when what is wanted was not in the batch: ask again from `position`. */
    readonly gap: boolean
    /** True when rows after the old position will not come: read the pages anew. */
    readonly missed: boolean
  }
}

/**
 * Where the app is in the event log. Sequence numbers are gapless, so a repeated row is a duplicate to
 * drop and a jump is a hole to fetch: `accept` lets through exactly the rows that continue the log. Who
 * was away for more than 1,000 rows goes on at the head.
 */
const LiveCursor = {
  start: Option.none<number>(),
  /** `opening`: this is the first batch of a subscription that asked for everything after `position`. */
  accept: <Row extends LiveCursor.Numbered>(
    position: LiveCursor.Position,
    batch: LiveCursor.Batch<Row>,
    opening = false
  ): LiveCursor.Accepted<Row> => {
    const known = Option.getOrElse(position, () => _earliest(batch))
    const sorted = batch.events
      .filter(({ seq }) => seq > known)
      .toSorted((left, right) => left.seq - right.seq)
      .filter(({ seq }, index, rows) => seq !== rows[index - 1]?.seq)
    // Asked for 6 and given 8 on a fresh subscription: 6 and 7 are gone, asking again would never end.
    const before = opening && sorted.length > 0 ? _earliest({ ...batch, events: sorted }) : known
    const fresh = sorted.filter(({ seq }, index) => seq === before + index + 1)
    return opening && batch.head - known > _replayed
      ? { position: Option.some(batch.head), fresh: [], gap: true, missed: true }
      : {
          position: Option.some(fresh.at(-1)?.seq ?? before),
          fresh,
          gap: fresh.length < sorted.length,
          missed: before > known
        }
  }
} as const

/** Just before the first row of the batch; without rows the head is where news begins. */
const _earliest = (batch: LiveCursor.Batch<LiveCursor.Numbered>) =>
  Math.min(batch.head, ...batch.events.map(({ seq }) => seq - 1))

export { LiveCursor }
