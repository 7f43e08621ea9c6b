import { SqlClient, SqlSchema } from "@effect/sql"
import { MachineStore } from "@tessera/infra/machines/machine-store"
import { Tenancy } from "@tessera/infra/tenancy"
import { Order } from "@tessera/shared/order/order"
import { type Parcels } from "@tessera/shared/shipment/parcels"
import { Shipment } from "@tessera/shared/shipment/shipment"
import { Array as Arr, Context, Effect, Layer, Option, Schema } from "effect"
import { FulfilmentMachines } from "../fulfilment-machines.ts"

const _Packing = Schema.Struct({
  lines: Schema.Array(Schema.Struct({ line: Schema.Int, quantity: Schema.Int })),
  noted: Schema.Array(Schema.Struct({ parcel: Schema.Int, status: Shipment.Status }))
})

declare namespace ShipmentRepo {
  type Run = { readonly id: Order.Id; readonly run: number }
  type Packing = typeof _Packing.Type
  type Booked = ShipmentRepo.Run & {
    /** From 1. */
    readonly parcel: number
    readonly providerId: string
    readonly trackingCode: string
    /** What is in it; none: all that the order has. */
    readonly lines: Option.Option<Parcels.Parcel>
  }
  type Shape = {
    /** The order's lines, in their order, and those parcels of the run that were booked, by number. */
    readonly packing: (run: ShipmentRepo.Run) => Effect.Effect<ShipmentRepo.Packing, never, Tenancy.Current>
    /** Notes a parcel and its lines in one statement; a repetition changes nothing. */
    readonly booked: (parcel: ShipmentRepo.Booked) => Effect.Effect<void, never, Tenancy.Current>
    /** A parcel that was never noted is left alone. */
    readonly unbooked: (run: ShipmentRepo.Run, parcel: number) => Effect.Effect<void, never, Tenancy.Current>
  }
}

/** Parcels that were booked for runs of orders: the first in `shipments`, others in `further_shipments`. */
class ShipmentRepo extends Context.Tag("api/fulfilment/ShipmentRepo")<ShipmentRepo, ShipmentRepo.Shape>() {
  static readonly layer = Layer.effect(
    ShipmentRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const machines = yield* MachineStore

      const selectPacking = SqlSchema.single({
        Request: Schema.Struct({ tenantId: Tenancy.Id, id: Order.Id, run: Schema.Number }),
        Result: _Packing,
        execute: ({ id, run, tenantId }) => sql`
          SELECT
            (SELECT jsonb_agg(jsonb_build_object('line', line, 'quantity', quantity) ORDER BY line)
             FROM order_lines WHERE tenant_id = ${tenantId} AND order_id = ${id}) AS lines,
            (SELECT coalesce(
              jsonb_agg(jsonb_build_object('parcel', parcel, 'status', status) ORDER BY parcel),
               '[]')
             FROM (SELECT 1 AS parcel, status FROM shipments
                   WHERE tenant_id = ${tenantId} AND order_id = ${id} AND run = ${run}
                   UNION ALL SELECT parcel, status FROM further_shipments
                   WHERE tenant_id = ${tenantId} AND order_id = ${id} AND run = ${run}) all_parcels) AS noted`
      })

      const linesOf = ({ id, lines }: ShipmentRepo.Booked, tenantId: Tenancy.Id) =>
        Option.match(lines, {
          onNone: () => sql`(SELECT line, quantity FROM order_lines
            WHERE tenant_id = ${tenantId} AND order_id = ${id}) l`,
          onSome: (some) => sql`jsonb_to_recordset(${JSON.stringify(some)}::jsonb)
            AS l(line int, quantity int)`
        })

      const insertFirst = (
        { id, providerId, run, trackingCode }: ShipmentRepo.Booked,
        tenantId: Tenancy.Id
      ) =>
        sql`INSERT INTO shipments (tenant_id, order_id, run, provider_id, tracking_code, status)
          VALUES (${tenantId}, ${id}, ${run}, ${providerId}, ${trackingCode}, 'booked')
          ON CONFLICT (tenant_id, order_id, run) DO NOTHING`

      const insertFurther = (booked: ShipmentRepo.Booked, tenantId: Tenancy.Id) =>
        sql`INSERT INTO further_shipments
            (tenant_id, order_id, run, parcel, provider_id, tracking_code, status)
          VALUES (${tenantId}, ${booked.id}, ${booked.run}, ${booked.parcel}, ${booked.providerId},
            ${booked.trackingCode}, 'booked')
          ON CONFLICT (tenant_id, order_id, run, parcel) DO NOTHING`

      const booked: ShipmentRepo.Shape["booked"] = (one) =>
        Effect.gen(function* () {
          const { tenantId } = yield* Tenancy.Current
          const insert = one.parcel === 1 ? insertFirst : insertFurther
          yield* sql`
            WITH shipment AS (${insert(one, tenantId)} RETURNING tenant_id, order_id, run)
            INSERT INTO shipment_lines (tenant_id, order_id, run, parcel, line, quantity)
            SELECT s.tenant_id, s.order_id, s.run, ${one.parcel}, l.line, l.quantity
            FROM shipment s, ${linesOf(one, tenantId)}`
        }).pipe(Effect.orDie, Effect.zipRight(machines.born(_machineOf(one.parcel), _key(one, one.parcel))))

      const unbooked: ShipmentRepo.Shape["unbooked"] = (run, parcel) =>
        machines.send(_machineOf(parcel), _key(run, parcel), "cancel").pipe(
          Effect.asVoid,
          Effect.catchTags({
            "StateMachine.Illegal": () => Effect.void,
            "MachineStore.NotFound": () => Effect.void,
            "MachineStore.Stale": Effect.die
          })
        )

      return ShipmentRepo.of({
        booked,
        unbooked,
        packing: (run) =>
          Effect.flatMap(Tenancy.Current, ({ tenantId }) => Effect.orDie(selectPacking({ ...run, tenantId })))
      })
    })
  )
}

const _machineOf = (parcel: number) =>
  parcel === 1 ? FulfilmentMachines.shipment : FulfilmentMachines.furtherShipment

const _key = ({ id, run }: ShipmentRepo.Run, parcel: number): string =>
  Arr.take([id, run, parcel], parcel === 1 ? 2 : 3).join("/")

export { ShipmentRepo }
