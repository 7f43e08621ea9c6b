import { Parcels } from "@tessera/shared/shipment/parcels"
import { DemoId } from "../../../apps/api/src/seed/demo-id.ts"
import { SampleHistory } from "./sample-history.ts"

declare namespace SampleOrder {
  interface Plan {
    /** Also its idempotency key, unless an import brought it. */
    readonly name: string
    readonly tenant: "acme" | "globex"
    readonly number: string
    readonly end: "fulfilled" | "cancelled"
    readonly quantity: number
    /** All of it goes into one parcel when absent. */
    readonly parcelUnits?: number
    readonly key: string
    /** What went back of it afterwards. */
    readonly back?: { readonly amountMinor: number; readonly quantity: number; readonly key: string }
  }
}

type Event = { readonly type: string; readonly from?: string; readonly to?: string }
type Step = readonly [step: string, direction: string, outcome: string]

const priceMinor = 1_000

const advanced = (from: string, to: string): Event => ({ type: "order.advanced", from, to })
const common = [
  { type: "order.placed" },
  advanced("placed", "reserved"),
  advanced("reserved", "authorised"),
  advanced("authorised", "captured")
]
const refunded: Event = { type: "order.refunded" }
const forward = ["reserve", "authorise", "capture"].map((step): Step => [step, "forward", "succeeded"])

/** How an order ends, in every table that it leaves rows in: all the way, or undone after the carrier refused it. */
const ends: Record<
  SampleOrder.Plan["end"],
  {
    readonly events: ReadonlyArray<Event>
    readonly steps: ReadonlyArray<Step>
    readonly moves: ReadonlyArray<string>
  }
> = {
  fulfilled: {
    events: [...common, advanced("captured", "booked"), { type: "order.fulfilled" }],
    steps: [...forward, ["book", "forward", "succeeded"], ["confirm", "forward", "succeeded"]],
    moves: ["reserve", "sell"]
  },
  cancelled: {
    events: [...common, advanced("captured", "cancelling"), { type: "order.cancelled" }],
    steps: [
      ...forward,
      ["book", "forward", "failed"],
      ...["capture", "authorise", "reserve"].map((step): Step => [step, "compensate", "succeeded"])
    ],
    moves: ["reserve", "release"]
  }
}

const parcels = ({ parcelUnits, quantity }: SampleOrder.Plan) =>
  Parcels.split([{ line: 1, quantity }], parcelUnits ?? quantity)

const ids = {
  tenant: (slug: string) => DemoId.of("checker", slug),
  product: (slug: string) => DemoId.of("checker", slug, "product"),
  order: (name: string) => DemoId.of("checker", "order", name),
  refund: (name: string) => DemoId.of("checker", "refund", name),
  event: (name: string, version: number) => DemoId.of("checker", "event", name, version),
  job: (name: string) => DemoId.of("checker", "job", name)
}

const refundOf = ({ back, name }: SampleOrder.Plan) => (back === undefined ? undefined : ids.refund(name))

/** One order that has ended, as the product would have written it; `at` is when it was placed. */
const SampleOrder = {
  ids,
  priceMinor,
  /** What is in each, as the product would split it. */
  parcels,
  reference: ({ name, tenant }: SampleOrder.Plan) => `${ids.tenant(tenant)}/${ids.order(name)}/1`,
  events: (plan: SampleOrder.Plan) =>
    [...ends[plan.end].events, ...(plan.back === undefined ? [] : [refunded])].map(
      ({ from, to, type }, index) => ({
        id: ids.event(plan.name, index + 1),
        type,
        aggregateId: ids.order(plan.name),
        version: index + 1,
        payload: { _tag: type, orderId: ids.order(plan.name), number: plan.number, from, to }
      })
    ),
  rows: (plan: SampleOrder.Plan, at: string) => {
    const tenant_id = ids.tenant(plan.tenant)
    const order_id = ids.order(plan.name)
    const { moves, steps } = ends[plan.end]
    const total_minor = plan.quantity * priceMinor
    const product_id = ids.product(plan.tenant)
    return {
      orders: {
        ...{ tenant_id, id: order_id, number: plan.number, status: plan.end, total_minor, currency: "EUR" },
        ...{
          customer_id: DemoId.of("checker", plan.tenant, "customer"),
          payment_token: "tok_ok",
          postcode: "10115"
        },
        ...{
          run: 1,
          version: SampleOrder.events(plan).length,
          cancel_requested: plan.end === "cancelled",
          reason: null
        },
        parcel_units: plan.parcelUnits ?? null,
        ...{ idempotency_key: plan.key, request_hash: "hash", placed_at: at, updated_at: at }
      },
      order_lines: {
        ...{ tenant_id, order_id, line: 1, product_id, sku: `${plan.tenant.toUpperCase()}-1`, name: "Thing" },
        ...{ quantity: plan.quantity, unit_price_minor: priceMinor }
      },
      stock_ledger: moves.map((kind) => ({
        ...{ tenant_id, product_id, cause: `order:${order_id}:1`, kind, quantity: plan.quantity, at }
      })),
      state_history: SampleHistory.rows({
        tenant_id,
        order_id,
        end: plan.end,
        at,
        parcels: parcels(plan).length,
        refund_id: refundOf(plan)
      }),
      saga_steps: steps.map(([step, direction, outcome]) => ({
        ...{
          tenant_id,
          saga: "FulfilOrder",
          key: `${order_id}/1`,
          step,
          direction,
          attempt: 1,
          replica: "replica-1"
        },
        ...{ outcome, error: null, started_at: at, ended_at: at }
      })),
      jobs: {
        ...{
          tenant_id,
          id: ids.job(plan.name),
          queue: "fulfilment",
          name: "fulfil-order",
          lane: "fulfilment"
        },
        ...{
          partition: 1,
          payload: { orderId: order_id, run: 1 },
          actor: {},
          status: "succeeded",
          attempts: 1
        },
        ...{ max_attempts: 100, errors: [], created_at: at, finished_at: at }
      }
    }
  }
} as const

export { SampleOrder }
