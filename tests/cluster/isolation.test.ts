/**
 * No tenant sees another. Derived from the contract: every endpoint is asked as a stranger, as the other tenant and as
 * a viewer, so that a new endpoint without a sample fails here.
 */
import { randomUUID } from "node:crypto"
import { HttpApi, type HttpApiEndpoint } from "@effect/platform"
import { Access } from "@tessera/shared/access/access"
import { Api } from "@tessera/shared/api"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { PostgresClient } from "../../scripts/launcher/postgres-client.ts"
import { ApiClient } from "../support/api-client.ts"
import { EventSocket } from "../support/event-socket.ts"
import { EventStream } from "../support/event-stream.ts"
import { Fleet } from "../support/fleet.ts"
import { until } from "../support/until.ts"

type Thing =
  | "order"
  | "reservation"
  | "product"
  | "customer"
  | "import"
  | "job"
  | "endpoint"
  | "delivery"
  | "letter"

interface Sample {
  /** Whose id stands in the path. "replica" belongs to no tenant. */
  readonly id?: Thing | "replica"
  readonly query?: string
  readonly body?: unknown
  readonly form?: () => FormData
  readonly headers?: Readonly<Record<string, string>>
}

interface Endpoint {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly hasId: boolean
  readonly isPublic: boolean
  readonly sample: Sample
}

const canary = `canary${Date.now()}`
const sku = canary.toUpperCase()
const sharedKey = `shared-${randomUUID()}`
const order = { lines: [{ sku, quantity: 1 }], paymentToken: "tok_ok", postcode: "10115" }
const csv = () => {
  const form = new FormData()
  form.set("kind", "products")
  form.set("file", new Blob([`sku,name,price\n${sku}-CSV,${canary},1.00\n`]), `${canary}.csv`)
  return form
}

/** How each endpoint is asked; the ids are tenant A's. */
const samples: Readonly<Record<string, Sample>> = {
  "session.login": { body: { email: "nobody@acme.test", password: "wrong" } },
  "session.demoLogins": {},
  "session.logout": {},
  "session.me": {},
  "product.list": { query: `?search=${canary}` },
  "product.create": { body: { sku: `${sku}-X`, name: "x", priceMinor: 1, initial: 0 } },
  "product.byId": { id: "product" },
  "product.restock": { id: "product", body: { quantity: 1 } },
  "customer.list": { query: `?search=${canary}` },
  "customer.byId": { id: "customer" },
  "order.list": { query: `?search=${canary}` },
  "order.place": { body: order, headers: { "idempotency-key": `isolation-${randomUUID()}` } },
  "order.byId": { id: "order" },
  "order.timeline": { id: "order" },
  "order.cancel": { id: "order" },
  "order.retry": { id: "order", body: {} },
  "order.history": { id: "order" },
  "order.approve": { id: "order", body: {} },
  "order.reject": { id: "order", body: {} },
  "refund.request": {
    id: "order",
    body: { note: canary },
    headers: { "idempotency-key": `isolation-${randomUUID()}` }
  },
  "refund.list": { id: "order" },
  "orderSettings.read": {},
  "orderSettings.replace": { body: {} },
  "reservation.hold": {
    body: { lines: order.lines },
    headers: { "idempotency-key": `isolation-${randomUUID()}` }
  },
  "reservation.list": {},
  "reservation.byId": { id: "reservation" },
  "reservation.release": { id: "reservation" },
  "stuckStep.list": {},
  "stuckStep.retry": {
    body: { orderId: randomUUID(), step: "authorise", direction: "compensate", attempt: 8 }
  },
  "import.list": {},
  "import.upload": { form: csv },
  "import.byId": { id: "import" },
  "import.mapping": { id: "import", body: { mapping: { sku: "sku", price: "price" } } },
  "import.commit": { id: "import" },
  "import.cancel": { id: "import" },
  "import.rejected": { id: "import" },
  "import.rejectedFile": { id: "import" },
  "job.list": {},
  "job.byId": { id: "job" },
  "job.replay": { id: "job" },
  "webhook.endpoints": {},
  "webhook.create": { body: { url: "https://example.com/hook", types: ["order.placed"] } },
  "webhook.endpointById": { id: "endpoint" },
  "webhook.update": { id: "endpoint", body: { enabled: false } },
  "webhook.remove": { id: "endpoint" },
  "webhook.test": { id: "endpoint" },
  "webhook.deliveries": {},
  "webhook.attempts": { id: "delivery" },
  "webhook.replay": { id: "delivery" },
  "event.log": { query: "?after=0&limit=1000" },
  "event.stream": { query: "?after=0" },
  "event.catalogue": {},
  "eventSubscriber.list": {},
  "eventSubscriber.replay": { body: { subscriber: "webhooks", from: { after: 0 } } },
  "eventSubscriber.stopReplay": { body: { subscriber: "webhooks" } },
  "eventSubscriber.pause": { body: { subscriber: "webhooks" } },
  "eventSubscriber.resume": { body: { subscriber: "webhooks" } },
  "eventDeadLetter.list": {},
  "eventDeadLetter.replay": { id: "letter" },
  "eventDeadLetter.drop": { id: "letter" },
  "eventDeadLetter.replayAll": { body: { subscriber: "webhooks" } },
  "eventEntry.list": { query: "?after=0&limit=100" },
  "dashboard.now": {},
  "replica.list": {},
  "replica.kill": { id: "replica" },
  "replica.drain": { id: "replica" },
  "cluster.now": {},
  "failure.read": {},
  "failure.replace": { body: {} }
}

const endpoints: ReadonlyArray<Endpoint> = (() => {
  const found: Array<Endpoint> = []
  HttpApi.reflect(Api as unknown as Parameters<typeof HttpApi.reflect>[0], {
    onGroup: () => {},
    onEndpoint: ({ endpoint, group, middleware }) => {
      const { method, name, path } = endpoint as HttpApiEndpoint.HttpApiEndpoint<string, "GET">
      const key = `${group.identifier}.${name}`
      const isPublic = ![...middleware].some((tag) => (tag as unknown) === Access.Http)
      found.push({ name: key, method, path, hasId: path.includes(":"), isPublic, sample: samples[key] ?? {} })
    }
  })
  return found
})()
const named = (wanted: (endpoint: Endpoint) => boolean) =>
  endpoints.filter(wanted).map((endpoint) => [endpoint.name, endpoint] as const)
/** What a hole in the wall would delete is still there when the others knock. */
const removalsLast = (wanted: (endpoint: Endpoint) => boolean) => [
  ...named((endpoint) => wanted(endpoint) && endpoint.method !== "DELETE"),
  ...named((endpoint) => wanted(endpoint) && endpoint.method === "DELETE")
]
const isWrite = ({ method, name }: Endpoint) => method !== "GET" && !name.startsWith("session.")

let fleet: Fleet
let acme: ApiClient
let globex: ApiClient
let ids: Readonly<Record<Thing, string>>
let acmeId = ""
let viewerCookie = ""
let storedBefore: Readonly<Record<string, string>>
let tables: ReadonlyArray<string>

const requestOf = ({ method, path, sample }: Endpoint): ApiClient.Request => {
  const id = sample.id === undefined || sample.id === "replica" ? "replica-1" : ids[sample.id]
  return {
    method,
    path: `${path.replace(/:\w+/, id)}${sample.query ?? ""}`,
    ...(sample.body === undefined ? {} : { body: sample.body }),
    ...(sample.form === undefined ? {} : { form: sample.form() }),
    headers: sample.headers ?? {}
  }
}

/** What must not be in any answer to another tenant. */
const secrets = () => [canary, sku, acmeId, acme.tenant.apiKey, ...Object.values(ids)]
const leaksIn = (text: string) => secrets().filter((secret) => text.includes(secret))

/** A fingerprint of everything that is A's, table by table. */
const stored = async (): Promise<Readonly<Record<string, string>>> => {
  const columns = tables.map(
    (table) =>
      `(SELECT md5(coalesce(string_agg(t::text, '' ORDER BY t::text), '')) FROM ${table} t
        WHERE tenant_id = '${acmeId}') AS ${table}`
  )
  const [row] = await fleet.sql<Record<string, string>>(`SELECT ${columns.join(", ")}`)
  return row ?? {}
}

const asApp = (statement: string, tenantId?: string) => {
  const url = new URL(fleet.env("DATABASE_APP_URL"))
  if (tenantId !== undefined) url.searchParams.set("options", `-c app.tenant=${tenantId}`)
  return PostgresClient.query(url.href, statement)
}

const countsAsApp = async (tenantId: string | undefined, where: string) => {
  const counts = tables.map((table) => `(SELECT count(*)::int FROM ${table} ${where}) AS ${table}`)
  const [row] = await asApp(`SELECT ${counts.join(", ")}`, tenantId)
  return row as Readonly<Record<string, number>>
}

const created = async (answer: Promise<ApiClient.Answer>) => {
  const { body, status, text } = await answer
  if (status >= 300) throw new Error(`${status} ${text}`)
  return body
}

/** The demo's threshold, in minor units. */
const settings = { approvalThresholdMinor: 500_000, parcelUnits: 1 }

/** One of everything, A's. */
const furnish = async (): Promise<Readonly<Record<Thing, string>>> => {
  const post = (path: string, body: unknown, headers = {}) =>
    created(acme.ask(1, { method: "POST", path, body, headers }))
  const product = await post("/v1/products", { sku, name: canary, priceMinor: 100_000, initial: 1000 })
  const endpoint = await post("/v1/webhook-endpoints", {
    url: `${fleet.env("RECEIVER_URL")}/hooks/${canary}`,
    types: ["order.placed"]
  })
  const placed = await post(
    "/v1/orders",
    { ...order, customerReference: canary },
    { "idempotency-key": sharedKey }
  )
  // One unit a parcel, so that an order of two has a further one.
  await created(acme.ask(1, { method: "PUT", path: "/v1/order-settings", body: settings }))
  const split = await post(
    "/v1/orders",
    { ...order, lines: [{ sku, quantity: 2 }] },
    { "idempotency-key": randomUUID() }
  )
  const reservation = await post(
    "/v1/reservations",
    { lines: order.lines, seconds: 86_400 },
    { "idempotency-key": randomUUID() }
  )
  const upload = await created(acme.ask(2, { method: "POST", path: "/v1/imports", form: csv() }))
  // Above the demo's threshold: it waits for somebody.
  const held = await post(
    "/v1/orders",
    { ...order, lines: [{ sku, quantity: 6 }] },
    { "idempotency-key": randomUUID() }
  )
  await until("an order waits for approval", async () => {
    const { body } = await acme.ask(1, { path: `/v1/orders/${held.id}` })
    return body.approval === "pending"
  })
  await post(`/v1/orders/${held.id}/reject`, { note: canary })
  await acme.allEnded([placed.id, split.id, held.id])
  await until("the import waits for a person", async () => {
    const { body } = await acme.ask(1, { path: `/v1/imports/${upload.id}` })
    return body.status === "ready"
  })
  await post(
    `/v1/orders/${placed.id}/refund`,
    { amountMinor: 1, returns: [{ sku, quantity: 1 }], note: canary },
    { "idempotency-key": sharedKey }
  )
  await until("the refund is paid", async () => {
    const { body } = await acme.ask(2, { path: `/v1/orders/${placed.id}/refunds` })
    return body[0]?.status === "paid"
  })
  const delivery = await until("a delivery", async () => {
    const { body } = await acme.ask(1, { path: `/v1/webhook-deliveries?endpointId=${endpoint.id}` })
    return body.items[0]?.status === "delivered" && body.items[0]
  })
  const jobs = (await acme.ask(1, { path: "/v1/jobs?limit=1" })).body
  await post("/v1/event-subscribers/replay", { subscriber: "webhooks", from: { after: 0 }, perSecond: 1000 })
  await until("the replay is done", async () => {
    const { body } = await acme.ask(1, { path: "/v1/event-subscribers" })
    const subscribers = body as ReadonlyArray<{ name: string; replay: { status: string } | null }>
    return subscribers.find(({ name }) => name === "webhooks")?.replay?.status === "done"
  })
  // No subscriber of the product fails on what the product emits, so the letter is put there by hand.
  const [letter] = await fleet.sql<{ readonly id: string }>(
    `INSERT INTO event_dead_letters (tenant_id, id, subscriber, event_id, seq, partition, attempts, errors)
     SELECT tenant_id, gen_random_uuid(), 'webhooks', id, seq, partition, 1, '[]' FROM events
     WHERE tenant_id = $1 AND seq = 1 RETURNING id`,
    [acmeId]
  )
  return {
    order: placed.id,
    reservation: reservation.id,
    product: product.id,
    customer: placed.customer.id,
    import: upload.id,
    job: jobs.items[0].id,
    endpoint: endpoint.id,
    delivery: delivery.id,
    letter: letter?.id ?? ""
  }
}

/** Waits until nothing of A's is under way any more, so that a change is somebody's doing. */
const untilQuiet = () =>
  until("nothing of A's changes", async () => {
    const first = await stored()
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    const second = await stored()
    return JSON.stringify(first) === JSON.stringify(second) && second
  })

beforeAll(async () => {
  fleet = await Fleet.whole()
  acme = new ApiClient(fleet, "acme")
  globex = new ApiClient(fleet, "globex")
  acmeId = await fleet.tenantId("acme")
  const rows = await fleet.sql<{ readonly table_name: string }>(
    `SELECT table_name FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
     WHERE column_name = 'tenant_id' AND table_type = 'BASE TABLE' ORDER BY table_name`
  )
  tables = rows.map(({ table_name }) => table_name)
  ids = await furnish()
  const viewer = acme.tenant.users.find(({ role }) => role === "viewer")
  const login = await ApiClient.send(fleet.replica("replica-2").url, {
    method: "POST",
    path: "/v1/auth/login",
    body: { email: viewer?.email, password: viewer?.password }
  })
  viewerCookie = (login.headers.get("set-cookie") ?? "").split(";")[0] ?? ""
  storedBefore = await untilQuiet()
})

const ask = (url: string, endpoint: Endpoint, headers: Readonly<Record<string, string>>) => {
  const request = requestOf(endpoint)
  return ApiClient.send(url, { ...request, headers: { ...request.headers, ...headers } })
}
const anyUrl = () => fleet.replica(`replica-${1 + Math.floor(Math.random() * 3)}`).url

describe("the samples", () => {
  it("cover the contract, endpoint by endpoint", () => {
    expect(Object.keys(samples).sort()).toEqual(endpoints.map(({ name }) => name).sort())
    expect(named(({ hasId, sample }) => hasId !== (sample.id !== undefined))).toEqual([])
    expect(endpoints.length).toBeGreaterThan(35)
  })

  it("leave only the sign-in open to everybody", () => {
    expect(endpoints.filter(({ isPublic }) => isPublic).map(({ name }) => name)).toEqual([
      "session.login",
      "session.demoLogins"
    ])
  })

  it("work for A itself, so that a refusal means something", async () => {
    const mine = endpoints.filter(
      ({ hasId, method, name }) => hasId && method === "GET" && !name.startsWith("replica.")
    )
    const answers = await Promise.all(mine.map((endpoint) => acme.ask(1, requestOf(endpoint))))
    expect(mine.map(({ name }, index) => [name, answers[index]?.status])).toEqual(
      mine.map(({ name }) => [name, 200])
    )
  })
})

describe("without credentials", () => {
  it.each(named(({ isPublic }) => !isPublic))("%s is 401", async (_, endpoint) => {
    const answer = await ask(anyUrl(), endpoint, {})

    expect([answer.status, answer.body?.code]).toEqual([401, "Access.Unauthenticated"])
    expect(leaksIn(answer.text)).toEqual([])
  })
})

describe("with B's key", () => {
  it.each(
    named(
      ({ hasId, method, name }) => !hasId && method === "GET" && !/^(event\.stream|session\.demo)/.test(name)
    )
  )("%s holds nothing of A's", async (_, endpoint) => {
    const answer = await globex.ask(1 + Math.floor(Math.random() * 3), requestOf(endpoint))

    expect(answer.status).toBe(200)
    expect(leaksIn(answer.text)).toEqual([])
  })

  it("webhook.deliveries of A's endpoint holds nothing", async () => {
    const answer = await globex.ask(1, { path: `/v1/webhook-deliveries?endpointId=${ids.endpoint}` })

    expect(answer.body.items ?? []).toEqual([])
  })

  it("dashboard.now counts B's orders only", async () => {
    const globexId = await fleet.tenantId("globex")
    const { body } = await globex.ask(1, { path: "/v1/dashboard" })
    const rows = await fleet.sql<{ readonly count: number }>(
      "SELECT count(*)::int AS count FROM orders WHERE tenant_id = $1",
      [globexId]
    )
    const counts = body.ordersByStatus.map(({ count }: { readonly count: number }) => count)

    expect(counts.reduce((sum: number, count: number) => sum + count, 0)).toBe(rows[0]?.count)
  })

  it.each(removalsLast(({ hasId, sample }) => hasId && sample.id !== "replica"))(
    "%s of A's thing is 404",
    async (_, endpoint) => {
      const answer = await globex.ask(1 + Math.floor(Math.random() * 3), requestOf(endpoint))

      expect(answer.status).toBe(404)
      expect(answer.body.code).toMatch(/\.NotFound$/)
      // It repeats the id that it was asked for, and nothing else of A's.
      expect(leaksIn(answer.text).filter((leak) => !requestOf(endpoint).path.includes(leak))).toEqual([])
    }
  )

  it("A's article cannot be ordered", async () => {
    const endpoint = endpoints.find(({ name }) => name === "order.place")
    if (endpoint === undefined) throw new Error("There is no order.place.")
    const answer = await globex.ask(1, requestOf(endpoint))

    expect([answer.status, answer.body.code]).toEqual([422, "Order.UnknownSku"])
  })

  it("A's Idempotency-Key and customer reference mean nothing", async () => {
    const { body, headers, ...request } = globex.placing({}, sharedKey)
    const answer = await globex.ask(2, {
      ...request,
      headers: headers ?? {},
      body: { ...(body as object), customerReference: canary }
    })

    expect(answer.status).toBe(201)
    expect(answer.body.id).not.toBe(ids.order)
    expect(answer.body.customer.id).not.toBe(ids.customer)
    await globex.ended(answer.body.id)
  })

  it("nothing of A's was changed by all that", async () => {
    expect(await stored()).toEqual(storedBefore)
  })
})

describe("with the session of a viewer", () => {
  it.each(named(isWrite))("%s is 403", async (_, endpoint) => {
    const answer = await ask(anyUrl(), endpoint, { cookie: viewerCookie })

    expect([answer.status, answer.body?.code]).toEqual([403, "Access.Denied"])
  })

  it("reading is allowed, and nothing was changed", async () => {
    const answer = await ApiClient.send(anyUrl(), {
      path: `/v1/orders/${ids.order}`,
      headers: { cookie: viewerCookie }
    })
    const { sessions: _before, ...before } = storedBefore
    const { sessions: _after, ...after } = await stored()

    expect(answer.status).toBe(200)
    expect(after).toEqual(before)
  })
})

describe("the database as tessera_app", () => {
  it("shows no row of any tenant's table without a tenant", async () => {
    const counts = await countsAsApp(undefined, "")

    expect(tables.length).toBeGreaterThan(20)
    expect(Object.entries(counts).filter(([, count]) => count > 0)).toEqual([])
    expect(await asApp("SELECT id FROM tenants")).toEqual([])
  })

  it("shows B no row of A's, however it asks", async () => {
    const globexId = await fleet.tenantId("globex")
    const counts = await countsAsApp(globexId, `WHERE tenant_id = '${acmeId}'`)
    const own = await countsAsApp(globexId, "")
    const foreign = await countsAsApp(globexId, `WHERE tenant_id <> '${globexId}'`)

    expect(Object.entries({ ...counts, ...foreign }).filter(([, count]) => count > 0)).toEqual([])
    expect(own.orders).toBeGreaterThan(0)
    expect(await asApp("SELECT id FROM tenants", globexId)).toEqual([{ id: globexId }])
  })

  it("is a check that can fail: A has rows in nearly every table", async () => {
    const empty = Object.entries(await countsAsApp(acmeId, "")).filter(([, count]) => count === 0)

    expect(empty.map(([table]) => table).filter((table) => !table.startsWith("import_"))).toEqual([])
  })

  it("does not let B change or add a row of A's", async () => {
    const globexId = await fleet.tenantId("globex")
    const changed = await asApp(
      `UPDATE products SET name = 'stolen' WHERE id = '${ids.product}' RETURNING id`,
      globexId
    )
    const added = asApp(
      `INSERT INTO customers (tenant_id, id, reference, name) VALUES ('${acmeId}', gen_random_uuid(), 'b', 'b')`,
      globexId
    )

    expect(changed).toEqual([])
    await expect(added).rejects.toThrow(/row-level security/)
  })
})

describe("what B is told live", () => {
  const open: Array<{ close: () => unknown }> = []
  afterAll(async () => {
    for (const one of open) await one.close()
  })

  it("never carries an event of A's, by WebSocket, SSE or log, from the beginning on", async () => {
    const head = async (client: ApiClient) =>
      (await client.ask(1, { path: "/v1/event-log?limit=1" })).body.head as number
    const streams = await Promise.all([1, 3].map((replica) => EventStream.open(globex, replica, 0)))
    const sockets = await Promise.all([1, 2].map((replica) => EventSocket.open(globex, replica, 0)))
    open.push(...streams, ...sockets)
    const foreign = await Promise.all([1, 2, 3].map((replica) => acme.place(replica)))
    await acme.allEnded(foreign)
    // B's own order comes last: who has seen its end has seen all that could have come before.
    const own = await globex.place(2)
    await globex.ended(own)
    for (const stream of streams) await stream.first("order.fulfilled", own)
    for (const socket of sockets) await socket.first("order.fulfilled", own)
    const texts = [
      ...streams.map((stream) => JSON.stringify(stream.seen)),
      ...sockets.map((socket) => JSON.stringify(socket.seen.map(({ event }) => event)))
    ]
    const aggregates = await fleet.sql<{ readonly id: string }>(
      "SELECT id FROM events WHERE tenant_id = $1",
      [acmeId]
    )

    for (const text of texts) {
      expect(leaksIn(text)).toEqual([])
      expect(foreign.filter((id) => text.includes(id))).toEqual([])
      expect(aggregates.filter(({ id }) => text.includes(id))).toEqual([])
    }
    for (const stream of streams) expect(stream.seen.length).toBe(await head(globex))
  })

  it("is nothing at all without credentials", async () => {
    const stranger = Object.assign(Object.create(globex), {
      tenant: { ...globex.tenant, apiKey: "tsk_wrong" }
    })

    await expect(EventSocket.open(stranger, 1)).rejects.toThrow(/RpcClientError/)
    await expect(EventStream.open(stranger, 1)).rejects.toThrow(/401/)
  })
})
