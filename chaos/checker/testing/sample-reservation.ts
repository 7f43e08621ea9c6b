import { ReservationMachine } from "../../../apps/api/src/features/reservation/reservation-machine.ts"
import { DemoId } from "../../../apps/api/src/seed/demo-id.ts"
import { SampleOrder } from "./sample-order.ts"
import { SamplePlans } from "./sample-plans.ts"

declare namespace SampleReservation {
  interface Plan {
    readonly name: string
    readonly status: "held" | "taken" | "released" | "expired"
  }
}

const id = (name: string) => DemoId.of("checker", "reservation", name)

const plans: ReadonlyArray<SampleReservation.Plan> = [
  { name: "kept", status: "held" },
  { name: "ordered", status: "taken" },
  { name: "returned", status: "released" },
  { name: "forgotten", status: "expired" }
]

/** One of acme's reservations in each state, as the product would have written it. */
const SampleReservation = {
  id,
  plans,
  quantity: SamplePlans.held,
  rows: ({ name, status }: SampleReservation.Plan, at: string, expires_at: string) => {
    const of = { tenant_id: SampleOrder.ids.tenant("acme"), reservation_id: id(name) }
    const { tenant_id } = of
    const edge = ReservationMachine.edges.find(({ to }) => to === status)
    const moves = edge === undefined ? ["reserve"] : ["reserve", "release"]
    const ways = [
      { event: "born", from_state: null, to_state: "held" },
      ...(edge === undefined ? [] : [{ event: edge.event, from_state: edge.from, to_state: edge.to }])
    ]
    const product_id = SampleOrder.ids.product("acme")
    return {
      reservations: {
        ...{ tenant_id, id: id(name), status, version: ways.length, expires_at, created_at: at },
        ...{ created_by: "sample", idempotency_key: `hold-${name}`, request_hash: "hash" }
      },
      reservation_lines: { ...of, line: 1, product_id, sku: "ACME-1", quantity: SamplePlans.held },
      stock_ledger: moves.map((kind) => ({
        ...{ tenant_id, product_id, cause: `reservation:${id(name)}`, kind, quantity: SamplePlans.held, at }
      })),
      state_history: ways.map((way, index) => ({
        ...{ tenant_id, machine: "reservation", key: id(name), version: index + 1, ...way },
        ...{ replica: "replica-1", request_id: "sample", at }
      }))
    }
  }
} as const

export { SampleReservation }
