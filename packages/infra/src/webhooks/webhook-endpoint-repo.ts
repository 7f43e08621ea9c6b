import { SqlClient, SqlSchema } from "@effect/sql"
import { Context, Effect, Layer, type Option, Schema } from "effect"
import { Tenancy } from "../tenancy/tenancy.ts"
import { WebhookRecord } from "./webhook-record.ts"

const _Key = Schema.Struct({ tenantId: Schema.String, id: Schema.String })
const _Subscription = Schema.Struct({ id: Schema.String, types: Schema.Array(Schema.String) })

declare namespace WebhookEndpointRepo {
  type Endpoint = WebhookRecord.Endpoint
  type Subscription = typeof _Subscription.Type
  type Draft = Pick<Endpoint, "id" | "url" | "description" | "types"> & { readonly secret: string }
  type Shape = {
    readonly insert: (draft: Draft) => Effect.Effect<Endpoint, never, Tenancy.Current>
    /** Newest first. */
    readonly list: Effect.Effect<ReadonlyArray<Endpoint>, never, Tenancy.Current>
    readonly byId: (id: string) => Effect.Effect<Option.Option<Endpoint>, never, Tenancy.Current>
    /** Disabling takes the times off its pending deliveries, enabling makes them due. */
    readonly setEnabled: (
      id: string,
      enabled: boolean
    ) => Effect.Effect<Option.Option<Endpoint>, never, Tenancy.Current>
    /** With its deliveries; `false` when there was none. */
    readonly remove: (id: string) => Effect.Effect<boolean, never, Tenancy.Current>
    /** The enabled ones, kept from being removed until the transaction ends. */
    readonly subscriptions: Effect.Effect<ReadonlyArray<Subscription>, never, Tenancy.Current>
  }
}

/** Rows of `webhook_endpoints` of the current tenant, to be used inside `Database.transaction`. */
class WebhookEndpointRepo extends Context.Tag("infra/webhooks/WebhookEndpointRepo")<
  WebhookEndpointRepo,
  WebhookEndpointRepo.Shape
>() {
  static readonly layer = Layer.effect(
    WebhookEndpointRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const columns = sql.literal("id, url, description, types, enabled, disabled_reason, created_at")

      const selectAll = SqlSchema.findAll({
        Request: Schema.String,
        Result: WebhookRecord.Endpoint,
        execute: (tenantId) => sql`
          SELECT ${columns} FROM webhook_endpoints WHERE tenant_id = ${tenantId}
          ORDER BY created_at DESC, id DESC`
      })

      const selectOne = SqlSchema.findOne({
        Request: _Key,
        Result: WebhookRecord.Endpoint,
        execute: ({ tenantId, id }) =>
          sql`SELECT ${columns} FROM webhook_endpoints WHERE tenant_id = ${tenantId} AND id = ${id}`
      })

      const selectSubscriptions = SqlSchema.findAll({
        Request: Schema.String,
        Result: _Subscription,
        execute: (tenantId) => sql`
          SELECT id, types FROM webhook_endpoints WHERE tenant_id = ${tenantId} AND enabled
          ORDER BY id FOR KEY SHARE`
      })

      const ofTenant = <A, E>(query: (tenantId: string) => Effect.Effect<A, E>) =>
        Effect.flatMap(Tenancy.Current, ({ tenantId }) => Effect.orDie(query(tenantId)))

      const byId = (id: string) => ofTenant((tenantId) => selectOne({ tenantId, id }))

      const insert: WebhookEndpointRepo.Shape["insert"] = Effect.fn("WebhookEndpointRepo.insert")(function* ({
        id,
        url,
        description,
        types,
        secret
      }) {
        const { tenantId } = yield* Tenancy.Current
        yield* sql`INSERT INTO webhook_endpoints (tenant_id, id, url, description, types, secret)
            VALUES (${tenantId}, ${id}, ${url}, ${description}, ${types}::text[], ${secret})`
        return yield* Effect.flatten(byId(id))
      }, Effect.orDie)

      /** The endpoint before its deliveries, as the lane does it: the other order could deadlock. */
      const setEnabled: WebhookEndpointRepo.Shape["setEnabled"] = Effect.fn("WebhookEndpointRepo.setEnabled")(
        function* (id, enabled) {
          const { tenantId } = yield* Tenancy.Current
          const changed = yield* sql`
            UPDATE webhook_endpoints SET enabled = ${enabled}, failing_since = NULL,
              disabled_reason = CASE WHEN ${enabled}::boolean THEN NULL ELSE 'Switched off by hand' END
            WHERE tenant_id = ${tenantId} AND id = ${id} AND enabled <> ${enabled} RETURNING id`
          yield* Effect.when(
            sql`UPDATE webhook_deliveries SET next_due = CASE WHEN ${enabled}::boolean THEN now() END
              WHERE tenant_id = ${tenantId} AND endpoint_id = ${id} AND status = 'pending'`,
            () => changed.length > 0
          )
          return yield* byId(id)
        },
        Effect.orDie
      )

      const remove = (id: string) =>
        ofTenant((tenantId) =>
          Effect.map(
            sql`DELETE FROM webhook_endpoints WHERE tenant_id = ${tenantId} AND id = ${id} RETURNING id`,
            (removed) => removed.length > 0
          )
        )

      const list = ofTenant(selectAll)
      const subscriptions = ofTenant(selectSubscriptions)

      return WebhookEndpointRepo.of({ insert, list, byId, setEnabled, remove, subscriptions })
    })
  )
}

export { WebhookEndpointRepo }
