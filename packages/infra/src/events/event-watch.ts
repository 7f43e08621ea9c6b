import { Effect, Option, Ref, Stream } from "effect"
import { Tenancy } from "../tenancy/tenancy.ts"
import { type EventHub } from "./event-hub.ts"
import { type EventLog } from "./event-log.ts"
import { type EventRecord } from "./event-record.ts"

declare namespace EventWatch {
  type Batch = {
    readonly head: number
    /** The last number of the log that was looked at; a reader goes on after it. */
    readonly position: number
    readonly events: ReadonlyArray<EventRecord>
  }
}

const _page = 500

/**
 * The log after a number, then what comes. The live batches are hints: one that follows the last number
 * seen is used as it is, one that is known is dropped, and any other makes the watcher read the log, page
 * by page.
 */
const EventWatch = {
  from: (
    { log, hub }: { readonly log: EventLog.Shape; readonly hub: EventHub.Shape },
    after: Option.Option<number>
  ): Stream.Stream<EventWatch.Batch, never, Tenancy.Current> =>
    Stream.unwrap(
      Effect.gen(function* () {
        const { tenantId } = yield* Tenancy.Current
        const { head } = yield* log.after(Number.MAX_SAFE_INTEGER, 1)
        // A number that the log has not reached (a restored database) would wait for ever.
        const seen = yield* Ref.make(
          Math.min(
            head,
            Option.getOrElse(after, () => head)
          )
        )
        return hub.live(tenantId).pipe(
          Stream.mapEffect((batch) => Effect.map(Ref.get(seen), (last) => _source(log, batch, last))),
          Stream.flatten(),
          Stream.tap(({ events }) => Ref.update(seen, (last) => events.at(-1)?.seq ?? last))
        )
      })
    )
} as const

type _Source = Stream.Stream<EventWatch.Batch, never, Tenancy.Current>

const _source = (log: EventLog.Shape, batch: EventHub.Batch, last: number): _Source => {
  const stale = batch.length > 0 && batch.every(({ seq }) => seq <= last)
  const unread = stale ? Stream.empty : _read(log, last)
  return batch[0]?.seq === last + 1 ? _live(batch, last) : unread
}

const _live = (batch: EventHub.Batch, last: number): _Source =>
  Stream.make({ head: batch.at(-1)?.seq ?? last, position: batch.at(-1)?.seq ?? last, events: batch })

const _read = (log: EventLog.Shape, last: number): _Source =>
  Stream.paginateEffect(last, (after) =>
    Effect.map(log.after(after, _page), ({ head, items }) => [
      { head: Math.max(head, last), position: items.at(-1)?.seq ?? after, events: items },
      items.length === _page ? Option.fromNullable(items.at(-1)?.seq) : Option.none()
    ])
  )

export { EventWatch }
