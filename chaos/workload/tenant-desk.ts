import { type HistoryWriter } from "../history/history-writer.ts"
import { ApiCall } from "./api-call.ts"
import { type WorkloadMeter } from "./workload-meter.ts"

declare namespace TenantDesk {
  interface Product {
    readonly id: string
    readonly sku: string
  }
  interface Order {
    readonly id: string
    readonly totalMinor: number
    readonly lines: ReadonlyArray<{ readonly sku: string; readonly quantity: number }>
  }
  interface Options {
    readonly slug: string
    /** 1, 2, …: makes numbers of imported orders different. */
    readonly place: number
    readonly prefix: string
    readonly canary: string
    readonly target: ApiCall.Target
    readonly history: HistoryWriter
    readonly meter: WorkloadMeter
    readonly patienceMillis: number
  }
}

/** What the clients of one tenant share: whom they ask, what there is to buy, what they have ordered so far. */
class TenantDesk {
  readonly options: TenantDesk.Options
  readonly products: ReadonlyArray<TenantDesk.Product>
  private readonly own: Array<TenantDesk.Order> = []
  private drawn = 0

  private constructor(options: TenantDesk.Options, products: ReadonlyArray<TenantDesk.Product>) {
    this.options = options
    this.products = products
  }

  /** Reads the catalogue, so that somebody must answer by now. */
  static async open(options: TenantDesk.Options): Promise<TenantDesk> {
    const answer = await ApiCall.send(options.target, { method: "GET", path: "/v1/products?limit=200" })
    if (answer.phase !== "ok")
      throw new Error(`No catalogue for ${options.slug}: ${answer.status} ${answer.text}`)
    const { items } = answer.body as { readonly items: ReadonlyArray<TenantDesk.Product> }
    if (items.length === 0) throw new Error(`The catalogue of ${options.slug} is empty.`)
    return new TenantDesk(
      options,
      items.map(({ id, sku }) => ({ id, sku }))
    )
  }

  /** The next of 1, 2, 3, …: no two operations of the tenant get the same. */
  draw(): number {
    this.drawn += 1
    return this.drawn
  }

  /** An Idempotency-Key that nobody has used. */
  keyFor(operation: string): string {
    return `${this.options.prefix}-${this.options.slug}-${operation}-${this.draw()}`
  }

  ordered(order: TenantDesk.Order): void {
    this.own.push(order)
  }

  owns(id: string): boolean {
    return this.own.some((order) => order.id === id)
  }

  /** The latest of the tenant's orders: their sagas may still run. */
  latest(count: number): ReadonlyArray<string> {
    return this.own.slice(-count).map(({ id }) => id)
  }

  /** All but the latest: most of their sagas have ended. */
  earlier(count: number): ReadonlyArray<TenantDesk.Order> {
    return this.own.slice(0, -count)
  }
}

export { TenantDesk }
