import { HttpLayerRouter, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { SqlClient } from "@effect/sql"
import { EventBus } from "@tessera/infra/events/event-bus"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { Data, Effect, Layer } from "effect"

/** How a transaction of the probe ends: `refuse` and `die` roll back what was emitted in it. */
type End = "commit" | "refuse" | "die"

class Refused extends Data.TaggedError("EventProbe.Refused")<{ readonly why: "known" | "refused" }> {}

const subscriber = "chaos-probe"

/** A fact that clients know; its SKU says of which transaction it is, and at which place. */
const emission = (tx: string, place: number, aggregateId: string, version: number): EventBus.Emission => ({
  type: "product.restocked",
  aggregateId,
  version,
  schemaVersion: 1,
  payload: { _tag: "product.restocked", productId: aggregateId, sku: `${tx}/${place}`, quantity: 1 }
})

const routes = HttpLayerRouter.use((router) =>
  Effect.gen(function* () {
    const bus = yield* EventBus
    const database = yield* Database
    const sql = yield* SqlClient.SqlClient

    /** The row of the aggregate is locked until the end, as a product's is: its versions follow one another. */
    const write = (tenant: string, tx: string, count: number, aggregateId: string, end: End) =>
      Effect.gen(function* () {
        const [row] = yield* sql<{ readonly version: number }>`
          INSERT INTO chaos_aggregates AS a (tenant_id, id, version) VALUES (${tenant}, ${aggregateId}, ${count})
          ON CONFLICT (tenant_id, id) DO UPDATE SET version = a.version + ${count} RETURNING version`
        const before = (row?.version ?? 0) - count
        const rows = yield* sql`
          INSERT INTO chaos_emitted (tenant_id, tx, place, aggregate_id, version)
          SELECT ${tenant}, ${tx}, n, ${aggregateId}, ${before} + n FROM generate_series(1, ${count}::int) n
          ON CONFLICT (tenant_id, tx, place) DO NOTHING RETURNING place`
        // Asked for again, because the first answer was lost.
        if (rows.length === 0) return yield* new Refused({ why: "known" })
        const all = Array.from({ length: count }, (_, index) =>
          emission(tx, index + 1, aggregateId, before + index + 1)
        )
        // Both arities of `emit`: one call for the first event, one for the others.
        yield* bus.emit(all.slice(0, 1))
        if (count > 1) yield* bus.emit(all.slice(1))
        if (end === "refuse") return yield* new Refused({ why: "refused" })
        if (end === "die") return yield* Effect.dieMessage("the probe dies before it commits")
        return "committed"
      })

    const emit = Effect.gen(function* () {
      const { searchParams: asked } = new URL((yield* HttpServerRequest.HttpServerRequest).url, "http://bed")
      const text = (name: string) => asked.get(name) ?? ""
      const [tenant, tx] = [text("tenant"), text("tx")]
      const outcome = yield* database
        .transaction(write(tenant, tx, Number(text("count")), text("aggregate"), text("end") as End))
        .pipe(
          Effect.map((outcome) => ({ outcome, at: Number(process.hrtime.bigint()) / 1e6 })),
          Effect.catchTag("EventProbe.Refused", ({ why }) => Effect.succeed({ outcome: why, at: 0 })),
          Effect.orDie,
          Effect.catchAllDefect((defect) =>
            String(defect).includes("the probe dies")
              ? Effect.succeed({ outcome: "died", at: 0 })
              : Effect.die(defect)
          ),
          Effect.provideService(Tenancy.Current, Tenancy.system(Tenancy.Id.make(tenant), tx))
        )
      return HttpServerResponse.unsafeJson(outcome)
    })

    yield* router.add("POST", "/chaos/emit", emit)
  })
)

/** Writes down what it is shown, in the transaction in which it is shown it. */
const book = Layer.effectDiscard(
  Effect.gen(function* () {
    const bus = yield* EventBus
    const sql = yield* SqlClient.SqlClient
    yield* bus.on(subscriber, (events) =>
      Effect.gen(function* () {
        const { tenantId } = yield* Tenancy.Current
        const rows = JSON.stringify(events.map(({ id, seq }) => ({ id, seq })))
        yield* sql`
          INSERT INTO chaos_seen (tenant_id, seq, event_id, owner)
          SELECT ${tenantId}, seq, id, ${process.env.REPLICA_ID ?? ""}
          FROM ROWS FROM (jsonb_to_recordset(${rows}::jsonb) AS (id uuid, seq bigint))
            WITH ORDINALITY AS e(id, seq, ordinality) ORDER BY ordinality`
      })
    )
  })
)

/**
 * `POST /chaos/emit`: some events in one transaction that commits or not, on this replica. With `CHAOS_SUBSCRIBER=on` there is a
 * durable subscriber, too, which costs every event of every case something.
 */
const EventProbe = {
  layer: process.env.CHAOS_SUBSCRIBER === "on" ? Layer.merge(routes, book) : routes
}

export { EventProbe }
