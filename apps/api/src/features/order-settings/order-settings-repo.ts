import { SqlClient, SqlSchema } from "@effect/sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { OrderSettings } from "@tessera/shared/order-settings/order-settings"
import { Context, Effect, Layer, type Option, Schema } from "effect"

const _Row = Schema.Struct({
  tenantId: Tenancy.Id,
  approvalThresholdMinor: Schema.NullOr(Schema.Number),
  approvalSeconds: Schema.Number,
  parcelUnits: Schema.NullOr(Schema.Number)
})

declare namespace OrderSettingsRepo {
  type Shape = {
    readonly find: Effect.Effect<Option.Option<OrderSettings.Model>, never, Tenancy.Current>
    readonly replace: (settings: OrderSettings.Model) => Effect.Effect<void, never, Tenancy.Current>
  }
}

/** The row of a tenant in `order_settings`; none where nobody has changed anything. */
class OrderSettingsRepo extends Context.Tag("api/order-settings/OrderSettingsRepo")<
  OrderSettingsRepo,
  OrderSettingsRepo.Shape
>() {
  static readonly layer = Layer.effect(
    OrderSettingsRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const select = SqlSchema.findOne({
        Request: Tenancy.Id,
        Result: OrderSettings.Model,
        execute: (tenantId) => sql`
          SELECT approval_threshold_minor, approval_seconds, parcel_units FROM order_settings
          WHERE tenant_id = ${tenantId}`
      })

      const upsert = SqlSchema.void({
        Request: _Row,
        execute: (row) => sql`
          INSERT INTO order_settings ${sql.insert(row)}
          ON CONFLICT (tenant_id) DO UPDATE SET approval_seconds = excluded.approval_seconds,
            approval_threshold_minor = excluded.approval_threshold_minor,
            parcel_units = excluded.parcel_units`
      })

      return OrderSettingsRepo.of({
        find: Effect.flatMap(Tenancy.Current, ({ tenantId }) => Effect.orDie(select(tenantId))),
        replace: (settings) =>
          Effect.flatMap(Tenancy.Current, ({ tenantId }) => Effect.orDie(upsert({ ...settings, tenantId })))
      })
    })
  )
}

export { OrderSettingsRepo }
