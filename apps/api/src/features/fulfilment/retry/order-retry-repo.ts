import { SqlClient, SqlSchema } from "@effect/sql"
import { MachineStore } from "@tessera/infra/machines/machine-store"
import { type StateMachine } from "@tessera/infra/machines/state-machine"
import { type StoredMachine } from "@tessera/infra/machines/stored-machine"
import { Tenancy } from "@tessera/infra/tenancy"
import { Order } from "@tessera/shared/order/order"
import { type OrderRetry } from "@tessera/shared/order/order-retry"
import { Context, Effect, Layer, Schema } from "effect"
import { FulfilmentMachines } from "../fulfilment-machines.ts"

const _Facts = Schema.Struct({
  number: Schema.String,
  totalMinor: Schema.Number,
  currency: Schema.String,
  run: Schema.Number
})

declare namespace OrderRetryRepo {
  type Facts = typeof _Facts.Type
  type Shape = {
    /**
     * Makes a cancelled order a placed one of the next run: nobody wants to cancel it, it was cancelled for
     * no reason, and the tenant's threshold of now says whether it needs approval.
     */
    readonly retry: (
      id: Order.Id,
      changes: OrderRetry.Request
    ) => Effect.Effect<
      StoredMachine.Moved<Order.Status>,
      StateMachine.Illegal | MachineStore.NotFound,
      Tenancy.Current
    >
    readonly facts: (id: Order.Id) => Effect.Effect<OrderRetryRepo.Facts, never, Tenancy.Current>
  }
}

/** The one place where the run of an order counts up; in the caller's transaction. */
class OrderRetryRepo extends Context.Tag("api/fulfilment/OrderRetryRepo")<
  OrderRetryRepo,
  OrderRetryRepo.Shape
>() {
  static readonly layer = Layer.effect(
    OrderRetryRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const machines = yield* MachineStore

      const select = SqlSchema.single({
        Request: Schema.Struct({ tenantId: Tenancy.Id, id: Order.Id }),
        Result: _Facts,
        execute: ({ id, tenantId }) => sql`
          SELECT number, total_minor, currency, run FROM orders WHERE tenant_id = ${tenantId} AND id = ${id}`
      })

      const retry: OrderRetryRepo.Shape["retry"] = (id, { paymentToken = null, postcode = null }) =>
        Effect.flatMap(Tenancy.Current, ({ tenantId }) =>
          machines.send(FulfilmentMachines.order, id, "retry", {
            set: [
              sql`run = run + 1`,
              sql`cancel_requested = false`,
              sql`reason = NULL`,
              sql`updated_at = now()`,
              sql`payment_token = coalesce(${paymentToken}::text, payment_token)`,
              sql`postcode = coalesce(${postcode}::text, postcode)`,
              sql`needs_approval = coalesce(total_minor > (
                SELECT approval_threshold_minor FROM order_settings WHERE tenant_id = ${tenantId}), false)`
            ]
          })
        ).pipe(Effect.catchTag("MachineStore.Stale", Effect.die))

      return OrderRetryRepo.of({
        retry,
        facts: (id) =>
          Effect.flatMap(Tenancy.Current, ({ tenantId }) => Effect.orDie(select({ tenantId, id })))
      })
    })
  )
}

export { OrderRetryRepo }
