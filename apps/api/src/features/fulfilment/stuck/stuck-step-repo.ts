import { SqlClient, SqlSchema } from "@effect/sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { Order } from "@tessera/shared/order/order"
import { Context, Effect, Layer, Schema } from "effect"

const _Numbered = Schema.Struct({
  /** What the saga is about: an order, or a refund of it. */
  subjectId: Schema.String,
  id: Order.Id,
  number: Schema.String
})

declare namespace StuckStepRepo {
  type Numbered = typeof _Numbered.Type
  type Shape = {
    /** Of orders and refunds; what is neither is left out. */
    readonly numbers: (
      ids: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyArray<StuckStepRepo.Numbered>, never, Tenancy.Current>
  }
}

/** What people call the orders of sagas whose steps are stuck. */
class StuckStepRepo extends Context.Tag("api/fulfilment/StuckStepRepo")<
  StuckStepRepo,
  StuckStepRepo.Shape
>() {
  static readonly layer = Layer.effect(
    StuckStepRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const select = SqlSchema.findAll({
        Request: Schema.Struct({ tenantId: Tenancy.Id, ids: Schema.Array(Schema.String) }),
        Result: _Numbered,
        execute: ({ ids, tenantId }) => sql`
          SELECT id AS subject_id, id, number FROM orders
          WHERE tenant_id = ${tenantId} AND id = ANY (${ids}::uuid[])
          UNION ALL
          SELECT r.id, o.id, o.number FROM refunds r
          JOIN orders o ON o.tenant_id = r.tenant_id AND o.id = r.order_id
          WHERE r.tenant_id = ${tenantId} AND r.id = ANY (${ids}::uuid[])`
      })

      return StuckStepRepo.of({
        numbers: (ids) =>
          Effect.flatMap(Tenancy.Current, ({ tenantId }) => Effect.orDie(select({ ids, tenantId })))
      })
    })
  )
}

export { StuckStepRepo }
