import { FulfilmentMachines } from "../../../apps/api/src/features/fulfilment/fulfilment-machines.ts"

interface Machine {
  readonly name: string
  readonly edges: ReadonlyArray<{ readonly from: string; readonly event: string; readonly to: string }>
}

const { order, payment, refund, shipment } = FulfilmentMachines

/** Where order, payment and shipment go when an order ends so. */
const paths = {
  fulfilled: {
    order: ["placed", "reserved", "authorised", "captured", "booked", "fulfilled"],
    payment: ["authorised", "captured"],
    shipment: ["booked"]
  },
  cancelled: {
    order: ["placed", "reserved", "authorised", "captured", "cancelling", "cancelled"],
    payment: ["authorised", "captured", "refunded"],
    shipment: []
  }
} as const

interface Ended {
  readonly tenant_id: string
  readonly order_id: string
  readonly end: keyof typeof paths
  readonly at: string
  readonly parcels: number
  /** Of the partial refund that came afterwards, if one did. */
  readonly refund_id: string | undefined
}

const along = (machine: Machine, key: string, path: ReadonlyArray<string>) =>
  path.map((to_state, index) => {
    const from_state = path[index - 1] ?? null
    const edge = machine.edges.find(({ from, to }) => from === from_state && to === to_state)
    return {
      machine: machine.name,
      key,
      version: index + 1,
      event: edge?.event ?? "born",
      from_state,
      to_state
    }
  })

/** Rows of `state_history`, as the product writes them for one order that has ended. */
const SampleHistory = {
  paths,
  rows: ({ at, end, order_id, parcels, refund_id, tenant_id }: Ended) =>
    [
      ...along(order, order_id, [...paths[end].order, ...(refund_id === undefined ? [] : ["fulfilled"])]),
      ...along(payment, `${order_id}/1`, [
        ...paths[end].payment,
        ...(refund_id === undefined ? [] : ["partially_refunded"])
      ]),
      ...along(shipment, `${order_id}/1`, paths[end].shipment),
      ...Array.from({ length: parcels - 1 }, (_, index) =>
        along(shipment, `${order_id}/1/${index + 2}`, paths[end].shipment)
      ).flat(),
      ...(refund_id === undefined ? [] : along(refund, refund_id, ["requested", "paid"]))
    ].map((row) => ({ ...row, tenant_id, replica: "replica-1", request_id: "sample", at }))
} as const

export { SampleHistory }
