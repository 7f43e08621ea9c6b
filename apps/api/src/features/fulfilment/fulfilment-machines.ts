import { StateMachine } from "@tessera/infra/machines/state-machine"
import { StoredMachine } from "@tessera/infra/machines/stored-machine"
import { Approval } from "@tessera/shared/approval/approval"
import { Order } from "@tessera/shared/order/order"
import { Payment } from "@tessera/shared/payment/payment"
import { Refund } from "@tessera/shared/refund/refund"
import { Shipment } from "@tessera/shared/shipment/shipment"

const _order = StateMachine.make({ name: "order", initial: Order.initial, transitions: Order.transitions })
const _payment = StateMachine.make({ name: "payment", ...Payment })
const _shipment = StateMachine.make({ name: "shipment", ...Shipment })
const _approval = StateMachine.make({ name: "approval", ...Approval })
const _refund = StateMachine.make({
  name: "refund",
  initial: Refund.initial,
  transitions: Refund.transitions
})

/**
 * The life cycles of the contracts, each with the table that keeps its state. Their names are stored. Parcels
 * of one order from the second on are shipments in a table of their own.
 */
const FulfilmentMachines = {
  order: StoredMachine.make(_order, { table: "orders", key: ["id"] }),
  payment: StoredMachine.make(_payment, { table: "payments", key: ["order_id", "run"] }),
  shipment: StoredMachine.make(_shipment, { table: "shipments", key: ["order_id", "run"] }),
  furtherShipment: StoredMachine.make(_shipment, {
    table: "further_shipments",
    key: ["order_id", "run", "parcel"]
  }),
  approval: StoredMachine.make(_approval, { table: "approvals", key: ["order_id", "run"] }),
  refund: StoredMachine.make(_refund, { table: "refunds", key: ["id"] })
} as const

export { FulfilmentMachines }
