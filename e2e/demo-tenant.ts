import { readFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { expect, type Page } from "@playwright/test"

type Demo = {
  readonly tenants: ReadonlyArray<{
    readonly slug: string
    readonly apiKey: string
    readonly users: ReadonlyArray<{
      readonly email: string
      readonly password: string
      readonly role: string
    }>
  }>
}

const url = () => process.env.E2E_URL ?? ""
const demo = (): Demo => JSON.parse(readFileSync(join(process.env.E2E_DATA_DIR ?? "", "demo.json"), "utf8"))

const tenant = (slug: string) => {
  const found = demo().tenants.find((one) => one.slug === slug)
  if (found === undefined) throw new Error(`the demo has no tenant ${slug}`)
  return found
}

const signIn = async (page: Page, slug: string, role: string) => {
  const user = tenant(slug).users.find((one) => one.role === role)
  await page.goto(`${url()}/sign-in`)
  await page.getByTestId("login-email").fill(user?.email ?? "")
  await page.getByTestId("login-password").fill(user?.password ?? "")
  await page.getByTestId("login-submit").click()
  await expect(page.getByTestId("live-badge")).toContainText("Live")
}

const headersOf = (slug: string) => ({
  authorization: `Bearer ${tenant(slug).apiKey}`,
  "content-type": "application/json"
})

/** A product that no other journey touches; its SKU. */
const createProduct = async (slug: string, initial: number) => {
  const sku = `E2E-${crypto.randomUUID().slice(0, 8).toUpperCase()}`
  const answer = await fetch(`${url()}/v1/products`, {
    method: "POST",
    headers: headersOf(slug),
    body: JSON.stringify({ sku, name: "Kept for a journey", priceMinor: 100, initial })
  })
  expect(answer.status).toBe(201)
  return sku
}

const holdStock = async (
  slug: string,
  sku: string,
  { quantity, seconds }: { readonly quantity: number; readonly seconds: number }
) => {
  const answer = await fetch(`${url()}/v1/reservations`, {
    method: "POST",
    headers: { ...headersOf(slug), "idempotency-key": `e2e-${crypto.randomUUID()}` },
    body: JSON.stringify({ lines: [{ sku, quantity }], seconds })
  })
  expect(answer.status).toBe(201)
}

interface OrderOptions {
  readonly token: string
  readonly postcode: string
  readonly quantity?: number
}

const tryOrder = async (slug: string, { token, postcode, quantity = 1 }: OrderOptions, key: string) => {
  const headers = headersOf(slug)
  const products = await fetch(`${url()}/v1/products?limit=1`, { headers }).then((answer) => answer.json())
  return fetch(`${url()}/v1/orders`, {
    method: "POST",
    headers: { ...headers, "idempotency-key": key },
    body: JSON.stringify({
      lines: [{ sku: products.items[0].sku, quantity }],
      paymentToken: token,
      postcode
    })
  })
}

/** Of the first product, one unit unless it says otherwise. */
const placeOrder = async (slug: string, options: OrderOptions) => {
  const answer = await tryOrder(slug, options, `e2e-${crypto.randomUUID()}`)
  expect(answer.status).toBe(201)
  return (await answer.json()) as {
    readonly id: string
    readonly number: string
    readonly totalMinor: number
    readonly lines: ReadonlyArray<{ readonly sku: string; readonly unitPriceMinor: number }>
  }
}

interface Flow {
  readonly stop: () => Promise<void>
}

/** One order after the other until it is stopped; each is repeated under its key until it is accepted. */
const flowOrders = (slug: string, pauseMillis = 700): Flow => {
  const order = { token: "tok_ok", postcode: "12345" }
  let isOn = true
  const place = async (key: string): Promise<void> => {
    const isPlaced = await tryOrder(slug, order, key).then(
      ({ status }) => status === 201,
      () => false
    )
    if (!isPlaced && isOn) await delay(100).then(() => place(key))
  }
  const flowing = (async () => {
    while (isOn) {
      await place(`e2e-${crypto.randomUUID()}`)
      await delay(pauseMillis)
    }
  })()
  return {
    stop: () => {
      isOn = false
      return flowing
    }
  }
}

/** The numbers in the tenant's log after one of them. */
const eventLog = async (slug: string, after: number): Promise<ReadonlyArray<number>> => {
  const page = await fetch(`${url()}/v1/event-log?after=${after}&limit=1000`, {
    headers: headersOf(slug)
  }).then((answer) => answer.json())
  const seqs: ReadonlyArray<number> = page.items.map(({ seq }: { readonly seq: number }) => seq)
  return seqs.length < 1000 ? seqs : [...seqs, ...(await eventLog(slug, seqs.at(-1) ?? after))]
}

/** Units of a product that can be ordered now. */
const availableOf = async (slug: string, sku: string) => {
  const found = await fetch(`${url()}/v1/products?search=${encodeURIComponent(sku)}&limit=50`, {
    headers: headersOf(slug)
  }).then((answer) => answer.json())
  return found.items.find((product: { readonly sku: string }) => product.sku === sku).stock
    .available as number
}

/** What another person does while a page is open. */
const refundOrder = async (slug: string, id: string, amountMinor: number) => {
  const answer = await fetch(`${url()}/v1/orders/${id}/refund`, {
    method: "POST",
    headers: { ...headersOf(slug), "idempotency-key": `e2e-${crypto.randomUUID()}` },
    body: JSON.stringify({ amountMinor })
  })
  expect(answer.status).toBe(201)
}

/** Changes how the tenant treats its orders, as its API key may. */
const putOrderSettings = async (
  slug: string,
  settings: { readonly approvalThresholdMinor?: number | null; readonly parcelUnits?: number | null }
) => {
  const answer = await fetch(`${url()}/v1/order-settings`, {
    method: "PUT",
    headers: headersOf(slug),
    body: JSON.stringify(settings)
  })
  expect(answer.status).toBe(200)
}

export {
  availableOf,
  createProduct,
  eventLog,
  type Flow,
  flowOrders,
  holdStock,
  placeOrder,
  putOrderSettings,
  refundOrder,
  signIn,
  url
}
