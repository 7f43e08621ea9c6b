import { SqlClient, SqlSchema } from "@effect/sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { Customer } from "@tessera/shared/customer/customer"
import { Context, Effect, Layer, type Option, Schema } from "effect"

const _List = Schema.Struct({
  tenantId: Tenancy.Id,
  /** LIKE patterns; `%` finds everything. */
  referencePattern: Schema.String,
  namePattern: Schema.String,
  after: Schema.String,
  limit: Schema.Int
})

declare namespace CustomerRepo {
  type List = Omit<typeof _List.Type, "tenantId">
  type Shape = {
    /** By reference, everything after `after`. */
    readonly list: (page: List) => Effect.Effect<ReadonlyArray<Customer.Model>, never, Tenancy.Current>
    readonly byId: (id: Customer.Id) => Effect.Effect<Option.Option<Customer.Model>, never, Tenancy.Current>
  }
}

/** Rows of `customers`; the number of orders is counted when it is asked for. */
class CustomerRepo extends Context.Tag("api/customer/CustomerRepo")<CustomerRepo, CustomerRepo.Shape>() {
  static readonly layer = Layer.effect(
    CustomerRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const database = yield* Database
      const model = sql`c.id, c.reference, c.name, c.country, (
        SELECT count(*) FROM orders o WHERE o.tenant_id = c.tenant_id AND o.customer_id = c.id
      ) AS order_count`

      const select = SqlSchema.findAll({
        Request: _List,
        Result: Customer.Model,
        execute: ({ tenantId, referencePattern, namePattern, after, limit }) => sql`
          SELECT ${model} FROM customers c
          WHERE c.tenant_id = ${tenantId} AND c.reference > ${after}
            AND (c.reference LIKE ${referencePattern} OR c.name ILIKE ${namePattern})
          ORDER BY c.reference LIMIT ${limit}`
      })

      const selectById = SqlSchema.findOne({
        Request: Schema.Struct({ tenantId: Tenancy.Id, id: Customer.Id }),
        Result: Customer.Model,
        execute: ({ tenantId, id }) => sql`
          SELECT ${model} FROM customers c WHERE c.tenant_id = ${tenantId} AND c.id = ${id}`
      })

      const inTenant = <A, E>(query: (tenantId: Tenancy.Id) => Effect.Effect<A, E>) =>
        Tenancy.Current.pipe(
          Effect.flatMap(({ tenantId }) => query(tenantId)),
          Effect.orDie,
          database.transaction
        )

      return CustomerRepo.of({
        list: Effect.fn("CustomerRepo.list")((page) => inTenant((tenantId) => select({ ...page, tenantId }))),
        byId: Effect.fn("CustomerRepo.byId")((id) => inTenant((tenantId) => selectById({ tenantId, id })))
      })
    })
  )
}

export { CustomerRepo }
