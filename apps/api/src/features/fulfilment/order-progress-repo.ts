import { SqlClient, SqlSchema } from "@effect/sql"
import { MachineStore } from "@tessera/infra/machines/machine-store"
import { type StateMachine } from "@tessera/infra/machines/state-machine"
import { type StoredMachine } from "@tessera/infra/machines/stored-machine"
import { Tenancy } from "@tessera/infra/tenancy"
import { Order } from "@tessera/shared/order/order"
import { Payment } from "@tessera/shared/payment/payment"
import { Context, Effect, Layer, Schema } from "effect"
import { FulfilmentMachines } from "./fulfilment-machines.ts"

class _Facts extends Schema.Class<_Facts>("OrderProgressRepo.Facts")({
  id: Order.Id,
  number: Schema.String,
  status: Order.Status,
  totalMinor: Schema.Number,
  currency: Schema.String,
  paymentToken: Schema.String,
  postcode: Schema.String,
  version: Schema.Number,
  cancelRequested: Schema.Boolean,
  paymentId: Schema.NullOr(Schema.String),
  paymentStatus: Schema.NullOr(Payment.Status),
  /** What a parcel holds; null: the order goes into one. */
  parcelUnits: Schema.NullOr(Schema.Number)
}) {}

declare namespace OrderProgressRepo {
  type Facts = _Facts
  type Move = {
    readonly id: Order.Id
    readonly run: number
    readonly event: Order.Move
    readonly reason: string | null
  }
  type Payment = { readonly id: Order.Id; readonly run: number; readonly providerId: string }
  type Shape = {
    /** What the saga needs to know of the order, and of its payment of this run. */
    readonly facts: (
      id: Order.Id,
      run: number
    ) => Effect.Effect<OrderProgressRepo.Facts, never, Tenancy.Current>
    /**
     * Refused where the order is in no state for it, has another run by now or, going forward, shall be
     * cancelled.
     */
    readonly move: (
      move: OrderProgressRepo.Move
    ) => Effect.Effect<StoredMachine.Moved<Order.Status>, StateMachine.Illegal, Tenancy.Current>
    readonly authorised: (payment: OrderProgressRepo.Payment) => Effect.Effect<void, never, Tenancy.Current>
    readonly captured: (id: Order.Id, run: number) => Effect.Effect<void, never, Tenancy.Current>
    /** Notes what the provider has undone: a void of an authorisation, a refund of a capture. */
    readonly returned: (
      id: Order.Id,
      run: number,
      how: "void" | "refund"
    ) => Effect.Effect<void, never, Tenancy.Current>
  }
}

/** Where an order goes although it shall be cancelled, and what is decided about it all the same. */
const _regardless: ReadonlyArray<Order.Move> = ["undo", "undone", "approve", "reject", "expire"]

/** How far an order and its payment have come; written by the saga's steps only. */
class OrderProgressRepo extends Context.Tag("api/fulfilment/OrderProgressRepo")<
  OrderProgressRepo,
  OrderProgressRepo.Shape
>() {
  static readonly layer = Layer.effect(
    OrderProgressRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const machines = yield* MachineStore

      const select = SqlSchema.single({
        Request: Schema.Struct({ tenantId: Tenancy.Id, id: Order.Id, run: Schema.Number }),
        Result: _Facts,
        execute: ({ tenantId, id, run }) => sql`
          SELECT o.id, o.number, o.status, o.total_minor, o.currency, o.payment_token, o.postcode, o.version,
            o.cancel_requested, p.provider_id AS payment_id, p.status AS payment_status,
            o.parcel_units
          FROM orders o
          LEFT JOIN payments p ON p.tenant_id = o.tenant_id AND p.order_id = o.id AND p.run = ${run}
          WHERE o.tenant_id = ${tenantId} AND o.id = ${id}`
      })

      const facts: OrderProgressRepo.Shape["facts"] = (id, run) =>
        Effect.flatMap(Tenancy.Current, ({ tenantId }) => Effect.orDie(select({ tenantId, id, run })))

      const move: OrderProgressRepo.Shape["move"] = ({ event, id, reason, run }) =>
        machines
          .send(FulfilmentMachines.order, id, event, {
            reason,
            set: [sql`updated_at = now()`, sql`reason = coalesce(${reason}::text, reason)`],
            when: {
              holds: sql`(run = ${run}
                AND (NOT cancel_requested OR ${_regardless.includes(event)}::boolean))`,
              otherwise: "the order shall be cancelled, or has another run"
            }
          })
          .pipe(Effect.catchTags({ "MachineStore.NotFound": Effect.die, "MachineStore.Stale": Effect.die }))

      const authorised: OrderProgressRepo.Shape["authorised"] = ({ id, run, providerId }) =>
        Effect.flatMap(
          Tenancy.Current,
          ({ tenantId }) => sql`
            INSERT INTO payments (tenant_id, order_id, run, provider_id, status, amount_minor, currency)
            SELECT tenant_id, id, ${run}, ${providerId}, 'authorised', total_minor, currency
            FROM orders WHERE tenant_id = ${tenantId} AND id = ${id}
            ON CONFLICT (tenant_id, order_id, run) DO NOTHING`
        ).pipe(Effect.orDie, Effect.zipRight(machines.born(FulfilmentMachines.payment, _key(id, run))))

      const captured: OrderProgressRepo.Shape["captured"] = (id, run) =>
        _once(
          machines.send(FulfilmentMachines.payment, _key(id, run), "capture", {
            set: [sql`captured_at = now()`]
          })
        )

      // A payment whose state says that it is refunded is so to its whole amount: the table sees to that.
      const noted = {
        void: [],
        refund: [sql`captured_at = coalesce(captured_at, now())`, sql`refunded_at = now()`]
      }
      const returned: OrderProgressRepo.Shape["returned"] = (id, run, how) =>
        _once(machines.send(FulfilmentMachines.payment, _key(id, run), how, { set: noted[how] }))

      return OrderProgressRepo.of({ facts, move, authorised, captured, returned })
    })
  )
}

const _key = (id: Order.Id, run: number): string => `${id}/${run}`

/** A repetition after a crash finds it done, and an undo may find nothing: neither changes anything. */
const _once = <A, R>(move: Effect.Effect<A, MachineStore.Refusal, R>) =>
  move.pipe(
    Effect.asVoid,
    Effect.catchTags({
      "StateMachine.Illegal": () => Effect.void,
      "MachineStore.NotFound": () => Effect.void,
      "MachineStore.Stale": Effect.die
    })
  )

export { OrderProgressRepo }
