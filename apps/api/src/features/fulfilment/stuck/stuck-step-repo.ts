import { SqlClient, SqlSchema } from "@effect/sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { Order } from "@tessera/shared/order/order"
import { Context, Effect, Layer, Schema } from "effect"

const _Numbered = Schema.Struct({ id: Order.Id, number: Schema.String })

declare namespace StuckStepRepo {
  type Numbered = typeof _Numbered.Type
  type Shape = {
    readonly numbers: (
      ids: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyArray<StuckStepRepo.Numbered>, never, Tenancy.Current>
  }
}

/** What people call the orders whose steps are stuck. */
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
          SELECT id, number FROM orders WHERE tenant_id = ${tenantId} AND id = ANY (${ids}::uuid[])`
      })

      return StuckStepRepo.of({
        numbers: (ids) =>
          Effect.flatMap(Tenancy.Current, ({ tenantId }) => Effect.orDie(select({ ids, tenantId })))
      })
    })
  )
}

export { StuckStepRepo }
