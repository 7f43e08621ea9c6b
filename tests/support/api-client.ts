import { randomUUID } from "node:crypto"
import { setTimeout as delay } from "node:timers/promises"
import { type Fleet } from "./fleet.ts"
import { until } from "./until.ts"

declare namespace ApiClient {
  interface Request {
    readonly method?: string
    readonly path: string
    readonly body?: unknown
    readonly form?: FormData
    readonly headers?: Readonly<Record<string, string>>
  }
  interface Answer {
    readonly status: number
    readonly text: string
    // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
    readonly body: any
    readonly headers: Headers
  }
  interface Placing {
    readonly sku?: string
    readonly quantity?: number
    readonly paymentToken?: string
    readonly postcode?: string
  }
  interface Step {
    readonly name: string
    readonly direction: "forward" | "compensate"
    readonly attempt: number
    readonly replica: string
    readonly outcome: string
    readonly error: string | null
  }
}

const _patienceMillis = 60_000
const _final = new Set(["fulfilled", "cancelled"])

/** A caller of the HTTP API with one API key; it says which replica it asks. */
class ApiClient {
  readonly fleet: Fleet
  readonly tenant: Fleet.Tenant

  constructor(fleet: Fleet, slug: "acme" | "globex") {
    this.fleet = fleet
    this.tenant = fleet.tenant(slug)
  }

  /** Replica 1 to 3. Rejects when the connection breaks. */
  ask(replica: number, request: ApiClient.Request): Promise<ApiClient.Answer> {
    const headers = { authorization: `Bearer ${this.tenant.apiKey}`, ...request.headers }
    return ApiClient.send(this.fleet.replica(`replica-${replica}`).url, { ...request, headers })
  }

  static async send(url: string, request: ApiClient.Request): Promise<ApiClient.Answer> {
    const { body, form, method = "GET", path } = request
    const content =
      form ?? (body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body))
    const response = await fetch(`${url}${path}`, {
      method,
      body: content,
      redirect: "manual",
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...request.headers
      },
      signal: AbortSignal.timeout(15_000)
    })
    const text = await response.text()
    const isJson = (response.headers.get("content-type") ?? "").includes("json")
    return {
      status: response.status,
      text,
      body: isJson ? JSON.parse(text) : undefined,
      headers: response.headers
    }
  }

  /** As a careful client: no connection, no answer or 503 means the same request again, at the next replica. */
  async askAny(first: number, request: ApiClient.Request): Promise<ApiClient.Answer> {
    const deadline = performance.now() + _patienceMillis
    for (let replica = first; ; replica = (replica % 3) + 1) {
      const answer = await this.ask(replica, request).catch((error: Error) => error)
      if (!(answer instanceof Error) && answer.status !== 503) return answer
      if (performance.now() > deadline) throw new Error(`No replica answers ${request.path}: ${answer}`)
      await delay(50)
    }
  }

  placing(
    { paymentToken = "tok_ok", postcode = "10115", quantity = 1, sku }: ApiClient.Placing = {},
    key: string = randomUUID()
  ): ApiClient.Request {
    const plain = this.tenant.slug === "acme" ? "ACM-128" : "GLX-128"
    return {
      method: "POST",
      path: "/v1/orders",
      headers: { "idempotency-key": key },
      body: { lines: [{ sku: sku ?? plain, quantity }], paymentToken, postcode }
    }
  }

  /** The id of a new order. */
  async place(first: number, placing: ApiClient.Placing = {}): Promise<string> {
    const answer = await this.askAny(first, this.placing(placing))
    if (answer.status !== 201) throw new Error(`The order was refused: ${answer.status} ${answer.text}`)
    return answer.body.id
  }

  async statusOf(id: string, first = 1): Promise<string> {
    return (await this.askAny(first, { path: `/v1/orders/${id}` })).body.status
  }

  /** Waits until the order is fulfilled or cancelled; answers which. */
  ended(id: string, millis = _patienceMillis): Promise<string> {
    return until(
      `order ${id} has ended`,
      async () => {
        const status = await this.statusOf(id)
        return _final.has(status) && status
      },
      millis
    )
  }

  /** Waits for all of them (looking behind the API, which would cost a request for each); how many became what. */
  async allEnded(ids: ReadonlyArray<string>, millis = _patienceMillis): Promise<Record<string, number>> {
    return until(
      `${ids.length} orders have ended`,
      async () => {
        const rows = await this.fleet.sql<{ readonly status: string; readonly count: number }>(
          "SELECT status, count(*)::int AS count FROM orders WHERE id = ANY ($1) GROUP BY status",
          [ids]
        )
        const ended = rows.filter(({ status }) => _final.has(status)).reduce((sum, row) => sum + row.count, 0)
        return ended === ids.length && Object.fromEntries(rows.map(({ count, status }) => [status, count]))
      },
      millis,
      150
    )
  }

  async timeline(id: string): Promise<ReadonlyArray<ApiClient.Step>> {
    return (await this.askAny(1, { path: `/v1/orders/${id}/timeline` })).body
  }

  /** The provider's bookings for an order, whatever became of them. */
  async shipments(
    id: string
  ): Promise<ReadonlyArray<{ readonly reference: string; readonly status: string }>> {
    const response = await fetch(`${this.fleet.env("SANDBOX_URL")}/ledger`)
    const ledger = (await response.json()) as {
      readonly shipments: ReadonlyArray<{ readonly reference: string; readonly status: string }>
    }
    return ledger.shipments.filter(({ reference }) => reference.includes(`/${id}/`))
  }
}

export { ApiClient }
