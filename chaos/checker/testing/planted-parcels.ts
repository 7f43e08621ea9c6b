import { type Planted } from "./planted.ts"
import { SampleOrder } from "./sample-order.ts"
import { SamplePlans } from "./sample-plans.ts"

const first = SampleOrder.ids.order("first")
const [firstReference = "", secondReference = ""] = SamplePlans.plans.map(SampleOrder.reference)
const agree = /books agree with every shipment/
const hold = /booked parcels of a fulfilled order hold what its lines say/

/** Defects of orders that go into several parcels, which the order `first` does: I4, I5, I8. */
const plantedParcels: ReadonlyArray<Planted> = [
  {
    bug: "a unit of a fulfilled order is in no parcel",
    invariant: "I4",
    says: hold,
    sql: `DELETE FROM shipment_lines WHERE order_id = '${first}' AND parcel = 2`
  },
  {
    bug: "a unit of a fulfilled order is in a parcel that was never booked",
    invariant: "I4",
    says: hold,
    sql: `DELETE FROM further_shipments WHERE order_id = '${first}'`
  },
  {
    bug: "a parcel of a fulfilled order was cancelled",
    invariant: "I4",
    says: hold,
    sql: `UPDATE further_shipments SET status = 'cancelled' WHERE order_id = '${first}'`
  },
  {
    bug: "a parcel holds more than it may",
    invariant: "I4",
    says: /no parcel holds nothing, or more/,
    sql: `UPDATE shipment_lines SET quantity = 2 WHERE order_id = '${first}' AND parcel = 1`
  },
  {
    bug: "a parcel is empty",
    invariant: "I4",
    says: /no parcel holds nothing, or more/,
    sql: `DELETE FROM shipment_lines WHERE order_id = '${first}' AND parcel = 2`
  },
  {
    bug: "the carrier does not know a parcel",
    invariant: "I4",
    says: agree,
    sql: `UPDATE further_shipments SET provider_id = 'nobody' WHERE order_id = '${first}'`
  },
  {
    bug: "two parcels share one booking",
    invariant: "I4",
    says: agree,
    sql: `UPDATE further_shipments f SET provider_id = s.provider_id FROM shipments s
      WHERE s.tenant_id = f.tenant_id AND s.order_id = f.order_id AND s.run = f.run`
  },
  {
    bug: "the carrier has a parcel that we do not",
    invariant: "I4",
    says: /one for each parcel/,
    outside: (pair) => pair.ship(`${firstReference}/3`)
  },
  {
    bug: "a parcel of a cancelled order stands at the carrier",
    invariant: "I4",
    says: /one for each parcel/,
    outside: (pair) => pair.ship(`${secondReference}/2`)
  },
  {
    bug: "a parcel was booked twice at the carrier",
    invariant: "I5",
    says: /each of its parcels booked once/,
    outside: (pair) => pair.ship(`${firstReference}/2`, "again")
  },
  {
    bug: "a parcel has no history",
    invariant: "I8",
    says: /in the state and the version with which its history ends/,
    sql: `DELETE FROM state_history WHERE machine = 'shipment' AND key = '${first}/1/2'`
  }
]

export { plantedParcels }
