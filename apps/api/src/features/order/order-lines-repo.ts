import { SqlClient, SqlSchema } from "@effect/sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { Order } from "@tessera/shared/order/order"
import { Context, Effect, Layer, Schema } from "effect"

const _Priced = Schema.Struct({
  productId: Schema.String,
  sku: Schema.String,
  name: Schema.String,
  unitPriceMinor: Schema.Number,
  currency: Schema.String
})

declare namespace OrderLinesRepo {
  type Wanted = { readonly sku: string; readonly quantity: number }
  type Priced = typeof _Priced.Type & { readonly quantity: number }
  type Shape = {
    /** Name and price of the moment, one line for each wanted one, in the same order. */
    readonly priced: (
      wanted: ReadonlyArray<OrderLinesRepo.Wanted>
    ) => Effect.Effect<ReadonlyArray<OrderLinesRepo.Priced>, Order.UnknownSku, Tenancy.Current>
  }
}

/** The order's look at the catalogue; it copies what it sees, because an order keeps the price of its moment. */
class OrderLinesRepo extends Context.Tag("api/order/OrderLinesRepo")<
  OrderLinesRepo,
  OrderLinesRepo.Shape
>() {
  static readonly layer = Layer.effect(
    OrderLinesRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const select = SqlSchema.findAll({
        Request: Schema.Struct({ tenantId: Tenancy.Id, skus: Schema.Array(Schema.String) }),
        Result: _Priced,
        execute: ({ tenantId, skus }) => sql`
          SELECT id AS product_id, sku, name, price_minor AS unit_price_minor, currency FROM products
          WHERE tenant_id = ${tenantId} AND ${sql.in("sku", skus)}`
      })

      const priced: OrderLinesRepo.Shape["priced"] = Effect.fn("OrderLinesRepo.priced")(function* (wanted) {
        const { tenantId } = yield* Tenancy.Current
        const products = yield* Effect.orDie(select({ tenantId, skus: wanted.map(({ sku }) => sku) }))
        const bySku = new Map(products.map((product) => [product.sku, product]))
        return yield* Effect.forEach(wanted, ({ sku, quantity }) =>
          Effect.mapBoth(Effect.fromNullable(bySku.get(sku)), {
            onSuccess: (product) => ({ ...product, quantity }),
            onFailure: () => Order.UnknownSku.make({ sku })
          })
        )
      })

      return OrderLinesRepo.of({ priced })
    })
  )
}

export { OrderLinesRepo }
