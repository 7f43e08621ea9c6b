import { Effect, Option, Ref, Stream } from "effect"
import { type Tenancy } from "../tenancy/tenancy.ts"
import { type EventLog } from "./event-log.ts"
import { type EventRecord } from "./event-record.ts"

declare namespace EventWatch {
  type Batch = {
    readonly head: number
    /** The last number of the log that was looked at; a reader goes on after it. */
    readonly position: number
    readonly events: ReadonlyArray<EventRecord>
  }
  type Source = Stream.Stream<EventWatch.Batch, never, Tenancy.Current>
}

const _page = 500

/** Of what comes, what follows the last number seen. */
const EventWatch = {
  /** The log after a number, page by page; the first page may be empty and carries the head. */
  read: (log: EventLog.Shape, last: number): EventWatch.Source =>
    Stream.paginateEffect(last, (after) =>
      Effect.map(log.after(after, _page), ({ head, items }) => [
        { head: Math.max(head, last), position: items.at(-1)?.seq ?? after, events: items },
        items.length === _page ? Option.fromNullable(items.at(-1)?.seq) : Option.none()
      ])
    ),
  /**
   * `opening`, and from then on everything, without gap or duplicate. The batches are hints: what follows the
   * last number seen is used as it is, what is known is dropped, and anything else makes it read the log.
   */
  follow: (
    log: EventLog.Shape,
    { opening, start }: { readonly start: number; readonly opening: EventWatch.Source },
    hints: Stream.Stream<ReadonlyArray<EventRecord>>
  ): EventWatch.Source =>
    Stream.unwrap(
      Effect.map(Ref.make(start), (seen) => {
        const fresh = Stream.mapEffect(hints, (batch) =>
          Effect.map(Ref.get(seen), (last) => _source(log, batch, last))
        )
        return Stream.concat(Stream.make(opening), fresh).pipe(
          Stream.flatten(),
          Stream.tap(({ events }) => Ref.update(seen, (last) => events.at(-1)?.seq ?? last))
        )
      })
    )
} as const

const _source = (log: EventLog.Shape, batch: ReadonlyArray<EventRecord>, last: number): EventWatch.Source => {
  const news = batch.filter(({ seq }) => seq > last)
  const isStale = batch.length > 0 && news.length === 0
  const unread = isStale ? Stream.empty : EventWatch.read(log, last)
  return news[0]?.seq === last + 1 ? Stream.make(_batch(news, last)) : unread
}

const _batch = (events: ReadonlyArray<EventRecord>, last: number): EventWatch.Batch => {
  const position = events.at(-1)?.seq ?? last
  return { head: position, position, events }
}

export { EventWatch }
