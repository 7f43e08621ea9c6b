import { SqlClient, SqlSchema } from "@effect/sql"
import { MachineStore } from "@tessera/infra/machines/machine-store"
import { Tenancy } from "@tessera/infra/tenancy"
import { Money } from "@tessera/shared/money"
import { Order } from "@tessera/shared/order/order"
import { Refund } from "@tessera/shared/refund/refund"
import { Context, Effect, Layer, type Option, Schema } from "effect"
import { FulfilmentMachines } from "../fulfilment-machines.ts"

class _Facts extends Schema.Class<_Facts>("RefundProgressRepo.Facts")({
  id: Refund.Id,
  orderId: Order.Id,
  run: Schema.Int,
  amountMinor: Money.AmountMinor,
  currency: Money.Currency,
  /** The order's. */
  number: Schema.String,
  totalMinor: Money.AmountMinor,
  /** The provider's; null where no provider has ever heard of the payment. */
  paymentId: Schema.NullOr(Schema.String)
}) {}

const _Payment = Schema.Struct({ amountMinor: Schema.Number, refundedMinor: Schema.Number })

declare namespace RefundProgressRepo {
  type Facts = _Facts
  type Paid = {
    /** Of the order. */
    readonly version: number
    readonly refundedMinor: Money.AmountMinor
  }
  type Shape = {
    readonly facts: (id: Refund.Id) => Effect.Effect<RefundProgressRepo.Facts, never, Tenancy.Current>
    /** Moves the refund, the payment and the order; none, and nothing changed, where that was done before. */
    readonly paid: (
      refund: RefundProgressRepo.Facts
    ) => Effect.Effect<Option.Option<RefundProgressRepo.Paid>, never, Tenancy.Current>
    /** Its money can be claimed again. A repetition changes nothing. */
    readonly refused: (id: Refund.Id, why: string) => Effect.Effect<void, never, Tenancy.Current>
  }
}

/** How far a refund has come; written by its saga's steps only, inside `Database.transaction`. */
class RefundProgressRepo extends Context.Tag("api/fulfilment/RefundProgressRepo")<
  RefundProgressRepo,
  RefundProgressRepo.Shape
>() {
  static readonly layer = Layer.effect(
    RefundProgressRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const machines = yield* MachineStore

      const select = SqlSchema.single({
        Request: Schema.Struct({ tenantId: Tenancy.Id, id: Refund.Id }),
        Result: _Facts,
        execute: ({ id, tenantId }) => sql`
          SELECT r.id, r.order_id, r.run, r.amount_minor, r.currency, o.number, o.total_minor,
            p.provider_id AS payment_id
          FROM refunds r
          JOIN orders o ON o.tenant_id = r.tenant_id AND o.id = r.order_id
          JOIN payments p ON p.tenant_id = r.tenant_id AND p.order_id = r.order_id AND p.run = r.run
          WHERE r.tenant_id = ${tenantId} AND r.id = ${id}`
      })

      const lockPayment = SqlSchema.single({
        Request: Schema.Struct({ tenantId: Tenancy.Id, orderId: Order.Id, run: Schema.Int }),
        Result: _Payment,
        execute: ({ orderId, run, tenantId }) => sql`
          SELECT amount_minor, refunded_minor FROM payments
          WHERE tenant_id = ${tenantId} AND order_id = ${orderId} AND run = ${run} FOR NO KEY UPDATE`
      })

      const told = ({ amountMinor, orderId, run }: RefundProgressRepo.Facts) =>
        Effect.gen(function* () {
          const { tenantId } = yield* Tenancy.Current
          const payment = yield* lockPayment({ orderId, run, tenantId })
          const refundedMinor = payment.refundedMinor + amountMinor
          const event = refundedMinor < payment.amountMinor ? "refundPart" : "refund"
          yield* machines.send(FulfilmentMachines.payment, `${orderId}/${run}`, event, {
            set: [sql`refunded_minor = ${refundedMinor}`]
          })
          const { version } = yield* machines.send(FulfilmentMachines.order, orderId, "refund", {
            set: [sql`updated_at = now()`]
          })
          return { version, refundedMinor: Money.AmountMinor.make(refundedMinor) }
        }).pipe(Effect.orDie)

      const ended = (id: Refund.Id, event: "pay" | "refuse", failure: string | null) =>
        machines
          .send(FulfilmentMachines.refund, id, event, {
            reason: failure,
            set: [sql`ended_at = now()`, sql`failure = ${failure}`]
          })
          .pipe(
            Effect.as(true),
            Effect.catchTags({
              "StateMachine.Illegal": () => Effect.succeed(false),
              "MachineStore.NotFound": Effect.die,
              "MachineStore.Stale": Effect.die
            })
          )

      return RefundProgressRepo.of({
        facts: (id) =>
          Effect.flatMap(Tenancy.Current, ({ tenantId }) => Effect.orDie(select({ id, tenantId }))),
        paid: (refund) =>
          Effect.flatMap(ended(refund.id, "pay", null), (isFirst) =>
            Effect.when(told(refund), () => isFirst)
          ),
        refused: (id, why) => Effect.asVoid(ended(id, "refuse", why))
      })
    })
  )
}

export { RefundProgressRepo }
