import { SqlClient, SqlSchema } from "@effect/sql"
import { Context, Effect, Layer, Schema } from "effect"
import { Database } from "../tenancy/database.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { EventLog } from "./event-log.ts"
import { EventRecord } from "./event-record.ts"

const _Typed = Schema.Struct({
  tenantId: Tenancy.Id,
  after: Schema.Number,
  limit: Schema.Number,
  types: Schema.Array(Schema.String)
})

declare namespace EventPages {
  /** It has looked up to `last`, even where it found nothing. */
  type Page = EventLog.Slice & { readonly last: number }
  type Query = {
    readonly after: number
    readonly limit: number
    /** Null for all. */
    readonly types: ReadonlyArray<string> | null
  }
  type Shape = {
    /** With types it looks at 10,000 numbers at most, so that a rare type costs no more than another. */
    readonly page: (query: EventPages.Query) => Effect.Effect<EventPages.Page, never, Tenancy.Current>
    /** The newest event of each type among the last 10,000. */
    readonly newest: Effect.Effect<ReadonlyArray<EventRecord>, never, Tenancy.Current>
  }
}

const _window = 10_000

/** The log as it is read a page at a time, and by type. */
class EventPages extends Context.Tag("infra/events/EventPages")<EventPages, EventPages.Shape>() {
  static readonly layer = Layer.effect(
    EventPages,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const database = yield* Database
      const log = yield* EventLog

      const selectTyped = SqlSchema.findAll({
        Request: _Typed,
        Result: EventRecord,
        execute: ({ tenantId, after, limit, types }) => sql`
          SELECT ${sql.unsafe(EventRecord.columns)} FROM events
          WHERE tenant_id = ${tenantId} AND seq > ${after} AND seq <= ${after + _window}
            AND type = ANY (${types}::text[]) ORDER BY seq LIMIT ${limit}`
      })

      const selectNewest = SqlSchema.findAll({
        Request: Tenancy.Id,
        Result: EventRecord,
        execute: (tenantId) => sql`
          SELECT DISTINCT ON (type) ${sql.unsafe(EventRecord.columns)} FROM (
            SELECT * FROM events WHERE tenant_id = ${tenantId} AND seq IS NOT NULL
            ORDER BY seq DESC LIMIT ${_window}) newest
          ORDER BY type, seq DESC`
      })

      const all = (after: number, limit: number) =>
        Effect.map(log.after(after, limit), (slice) => _page(slice, after, limit, slice.head))

      const typed = (after: number, limit: number, types: ReadonlyArray<string>) =>
        Effect.gen(function* () {
          const { tenantId } = yield* Tenancy.Current
          const { head } = yield* log.after(Number.MAX_SAFE_INTEGER, 1)
          const items = yield* Effect.orDie(selectTyped({ tenantId, after, limit, types }))
          return _page({ items, head }, after, limit, Math.min(head, after + _window))
        })

      return EventPages.of({
        page: ({ after, limit, types }) =>
          database.transaction(types === null ? all(after, limit) : typed(after, limit, types)),
        newest: Effect.flatMap(Tenancy.Current, ({ tenantId }) =>
          database.transaction(Effect.orDie(selectNewest(tenantId)))
        )
      })
    })
  )
}

/** A page that is not full has seen everything that it looked at. */
const _page = (
  { head, items }: EventLog.Slice,
  after: number,
  limit: number,
  looked: number
): EventPages.Page => {
  const seen = items.at(-1)?.seq ?? after
  return { items, head, last: items.length === limit ? seen : Math.max(seen, looked) }
}

export { EventPages }
