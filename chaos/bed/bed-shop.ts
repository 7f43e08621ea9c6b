import { randomUUID } from "node:crypto"
import { until } from "../../tests/support/until.ts"
import { type ChaosFleet } from "./chaos-fleet.ts"
import { type ChaosReplica } from "./chaos-replica.ts"

declare namespace BedShop {
  interface Placing {
    readonly paymentToken?: string
    readonly postcode?: string
    readonly sku?: string
    /** Of the tenant; acme when absent. */
    readonly slug?: string
    /** Asked first; the balancer when absent, or when it gives no clear answer. */
    readonly at?: ChaosReplica
  }
  interface Request {
    readonly method?: string
    readonly path: string
    readonly body?: unknown
    readonly key?: string
    /** Past the balancer. */
    readonly at?: ChaosReplica
  }
  interface Answer {
    readonly status: number
    readonly body: unknown
    readonly headers: Headers
  }
}

/** What a case does as a customer, and how it sees what became of it. */
class BedShop {
  readonly fleet: ChaosFleet
  /** Prefix of the Idempotency-Keys of orders that the case itself places. */
  readonly prefix = `case-${randomUUID()}`
  private orders = 0
  private names = 0

  constructor(fleet: ChaosFleet) {
    this.fleet = fleet
  }

  /** A name that nothing else has, as a product's code is written. */
  unique(word: string): string {
    return `${word}-${this.prefix.slice("case-".length, 13).toUpperCase()}-${this.names++}`
  }

  async send(request: BedShop.Request, slug = "acme"): Promise<BedShop.Answer> {
    const tenant = this.fleet.tenants().find((known) => known.slug === slug)
    const response = await fetch(`${request.at?.url ?? this.fleet.url}${request.path}`, {
      method: request.method ?? "GET",
      headers: {
        authorization: `Bearer ${tenant?.apiKey}`,
        ...(request.body === undefined ? {} : { "content-type": "application/json" }),
        ...(request.key === undefined ? {} : { "idempotency-key": request.key })
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      signal: AbortSignal.timeout(15_000)
    })
    const text = await response.text()
    return {
      status: response.status,
      body: text === "" ? undefined : JSON.parse(text),
      headers: response.headers
    }
  }

  /** Tried again until there is a clear answer, from the second time on through the balancer. */
  answered({ at, ...request }: BedShop.Request, slug?: string): Promise<BedShop.Answer> {
    let asked = at
    return until(`${request.method} ${request.path} ${request.key ?? ""} is answered`, async () => {
      const of = asked === undefined ? request : { ...request, at: asked }
      asked = undefined
      const given = await this.send(of, slug).catch(() => undefined)
      return given !== undefined && given.status < 500 && given
    })
  }

  /** An order of the case's own; tried again under its key until there is a clear answer. */
  async place({
    at,
    paymentToken = "tok_ok",
    postcode = "10115",
    sku = "ACM-128",
    slug
  }: BedShop.Placing = {}): Promise<string> {
    const key = `${this.prefix}-${this.orders++}`
    const body = { lines: [{ sku, quantity: 1 }], paymentToken, postcode }
    const request = { method: "POST", path: "/v1/orders", body, key, ...(at === undefined ? {} : { at }) }
    const answer = await this.answered(request, slug)
    if (answer.status !== 201) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`)
    return String((answer.body as { readonly id: string }).id)
  }

  /** What the order's owner wishes, asked for through this replica. */
  cancel(order: string, at: ChaosReplica): Promise<BedShop.Answer> {
    return this.send({ method: "POST", path: `/v1/orders/${order}/cancel`, at })
  }

  /** Waits behind the API, which may be what is broken. */
  async ended(id: string, millis = 60_000): Promise<string> {
    return until(
      `the order ${id} has ended`,
      async () => {
        const rows = await this.fleet
          .sql<{ readonly status: string }>("SELECT status FROM orders WHERE id = $1", [id])
          .catch(() => [])
        const status = rows[0]?.status ?? ""
        return ["fulfilled", "cancelled"].includes(status) && status
      },
      millis
    )
  }

  /** The same for many, looked at once a second. */
  async allEnded(ids: ReadonlyArray<string>, millis = 120_000): Promise<void> {
    const open = async () => {
      const rows = await this.fleet
        .sql("SELECT 1 FROM orders WHERE id = ANY ($1) AND status NOT IN ('fulfilled', 'cancelled')", [ids])
        .catch(() => [undefined])
      return rows.length
    }
    await until(`${ids.length} orders have ended`, async () => (await open()) === 0, millis, 1_000)
  }
}

export { BedShop }
