import { Array as Arr, DateTime, Effect, Number as Num, Order, Random } from "effect"
import { DemoId } from "./demo-id.ts"
import { DemoOrder } from "./demo-order.ts"
import { type DemoTenants } from "./demo-tenants.ts"

type _Row = Readonly<Record<string, string | number | null>>

declare namespace DemoHistory {
  /** Tables in the order in which their foreign keys allow them to be written. */
  type Tables = ReadonlyArray<readonly [table: string, rows: ReadonlyArray<_Row>]>
}

const _days = 90
const _orders = 600
const _customers = 100
const _delivery = 250
/** Every saga of the past has ended by now. */
const _ageSeconds = 600
const _given = ["Ada", "Ben", "Chloé", "Dario", "Elif", "Finn", "Greta", "Hugo", "Inès", "Jonas"]
const _family = [
  "Albers",
  "Bianchi",
  "Costa",
  "Dubois",
  "Egger",
  "Fischer",
  "Garcia",
  "Hansen",
  "Ito",
  "Jansen"
]

/**
 * Ninety days of one tenant, complete to the last ledger row. It draws from the fiber's `Random`; seeded
 * payments have no provider id and seeded shipments one that begins with `seed:`, because no provider has
 * ever heard of them.
 */
const DemoHistory = {
  draw: (plan: DemoTenants.Plan, now: DateTime.Utc) =>
    Effect.gen(function* () {
      const tenantId = DemoId.of(plan.slug, "tenant")
      const begin = DateTime.formatIso(DateTime.subtract(now, { days: _days }))
      const orders = yield* _draw(plan, now)
      const stocks = yield* Effect.forEach(plan.articles, (article) => _stock(plan, article, orders))

      const tables: DemoHistory.Tables = [
        ["products", stocks.map(({ product }) => ({ ...product, createdAt: begin }))],
        ["customers", _customerRows(plan, begin)],
        ["orders", orders.map((order) => _orderRow(order, plan.currency))],
        ["order_lines", orders.flatMap(_lineRows)],
        ["payments", orders.flatMap((order) => _paymentRows(order, plan.currency))],
        ["shipments", orders.filter(({ status }) => status === "fulfilled").map(_shipmentRow)],
        [
          "stock_ledger",
          [
            ...stocks.flatMap(({ product, entries }) =>
              entries.map((entry) => ({ ...entry, productId: product.id, at: begin }))
            ),
            ...orders.flatMap(_movementRows)
          ]
        ],
        ["order_numbers", [{ last: 1000 + orders.length }]]
      ]
      return tables.map(([table, rows]) => [table, rows.map((row) => ({ tenantId, ...row }))] as const)
    })
} as const

const _draw = (plan: DemoTenants.Plan, now: DateTime.Utc) =>
  Effect.gen(function* () {
    const ages = yield* Effect.forEach(Arr.range(1, _orders), () =>
      Random.nextIntBetween(_ageSeconds, _days * 86_400)
    )
    const oldestFirst = Arr.sort(ages, Order.reverse(Num.Order))
    return yield* Effect.forEach(oldestFirst, (seconds, index) =>
      DemoOrder.draw(plan, index, DateTime.subtract(now, { seconds }))
    )
  })

/** What was ever sold has once arrived: as the initial stock, then in deliveries of equal size. */
const _stock = (
  plan: DemoTenants.Plan,
  { sku, name, priceMinor }: DemoTenants.Article,
  orders: ReadonlyArray<DemoOrder.Value>
) =>
  Effect.gen(function* () {
    const initial = yield* Random.nextIntBetween(100, 400)
    const left = yield* Random.nextIntBetween(5, 120)
    const sold = Num.sumAll(
      orders
        .filter(({ status }) => status === "fulfilled")
        .flatMap(({ lines }) => lines.filter((line) => line.sku === sku).map(({ quantity }) => quantity))
    )
    const deliveries = Math.max(0, Math.ceil((sold + left - initial) / _delivery))
    const restocked = deliveries * _delivery
    const id = DemoId.of(plan.slug, "product", sku)
    const available = initial + restocked - sold
    return {
      product: {
        id,
        sku,
        name,
        priceMinor,
        currency: plan.currency,
        initial,
        restocked,
        available,
        reserved: 0,
        sold
      },
      entries: [
        { cause: `product:${id}`, kind: "initial", quantity: initial },
        ...Arr.makeBy(deliveries, (index) => ({
          cause: `restock:${DemoId.of(plan.slug, sku, "restock", index)}`,
          kind: "restock",
          quantity: _delivery
        })).slice(0, deliveries)
      ]
    }
  })

const _customerRows = (plan: DemoTenants.Plan, createdAt: string): ReadonlyArray<_Row> =>
  Arr.makeBy(_customers, (index) => ({
    id: DemoId.of(plan.slug, "customer", index),
    reference: String(12_000 + index),
    name: `${_given[index % 10] ?? ""} ${_family[Math.floor(index / 10)] ?? ""}`,
    country: plan.countries[index % plan.countries.length] ?? null,
    createdAt
  }))

const _orderRow = (order: DemoOrder.Value, currency: string): _Row => ({
  id: order.id,
  number: order.number,
  customerId: order.customerId,
  status: order.status,
  totalMinor: order.totalMinor,
  currency,
  paymentToken: order.reason === null ? "tok_ok" : "tok_declined",
  postcode: order.postcode,
  run: 1,
  version: order.version,
  reason: order.reason,
  idempotencyKey: `seed:${order.number}`,
  requestHash: "seed",
  placedAt: order.placedAt,
  updatedAt: order.endedAt
})

const _lineRows = (order: DemoOrder.Value): ReadonlyArray<_Row> =>
  order.lines.map(({ line, productId, sku, name, quantity, priceMinor }) => ({
    orderId: order.id,
    line,
    productId,
    sku,
    name,
    quantity,
    unitPriceMinor: priceMinor
  }))

const _paymentRows = (order: DemoOrder.Value, currency: string): ReadonlyArray<_Row> =>
  Arr.fromNullable(order.payment).map((status) => ({
    orderId: order.id,
    run: 1,
    providerId: null,
    status,
    amountMinor: order.totalMinor,
    currency,
    capturedAt: order.endedAt,
    refundedAt: status === "refunded" ? order.endedAt : null
  }))

const _shipmentRow = (order: DemoOrder.Value): _Row => ({
  orderId: order.id,
  run: 1,
  providerId: `seed:${order.id}`,
  trackingCode: `TRK${order.id.replaceAll("-", "").slice(0, 12).toUpperCase()}`,
  status: "booked"
})

const _movementRows = (order: DemoOrder.Value): ReadonlyArray<_Row> =>
  order.movements.flatMap((kind) =>
    order.lines.map(({ productId, quantity }) => ({
      productId,
      cause: `order:${order.id}:1`,
      kind,
      quantity,
      at: order.endedAt
    }))
  )

export { DemoHistory }
