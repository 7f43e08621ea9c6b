import { expect, type Page, test } from "@playwright/test"
import { placeOrder, signIn, url } from "./demo-tenant.ts"

const textOf = async (page: Page, testId: string) =>
  ((await page.getByTestId(testId).textContent()) ?? "").trim()
const numberIn = async (page: Page, testId: string) =>
  Number((await textOf(page, testId)).replace(/[^0-9]/g, ""))

type Listed = {
  readonly items: ReadonlyArray<{ readonly status: string; readonly placedAt: string }>
  readonly nextCursor: string | null
}

/** Every order of the tenant, page by page, as its API gives them to anybody. */
const ordersOf = async (page: Page, cursor?: string): Promise<Listed["items"]> => {
  const query = new URLSearchParams({ limit: "100", ...(cursor === undefined ? {} : { cursor }) })
  const answer = await page.request.get(`${url()}/v1/orders?${query}`)
  const { items, nextCursor }: Listed = await answer.json()
  return nextCursor === null ? items : [...items, ...(await ordersOf(page, nextCursor))]
}

test("shows after some orders what the API says, and what the orders themselves add up to", async ({
  page
}) => {
  await signIn(page, "acme", "owner")
  await page.goto(`${url()}/?range=1h`)
  const before = await numberIn(page, "dashboard-placed")

  await placeOrder("acme", { token: "tok_ok", postcode: "12345" })
  await placeOrder("acme", { token: "tok_ok", postcode: "12345", quantity: 2 })
  await placeOrder("acme", { token: "tok_declined", postcode: "12345" })

  await expect.poll(() => numberIn(page, "dashboard-placed")).toBe(before + 3)
  await expect(page.getByTestId("dashboard-latency")).toContainText(/\d+ ms|\d s/)
  // The orders go on while they are counted: the three agree as soon as nothing moves between the questions.
  await expect(async () => {
    const answer = await (await page.request.get(`${url()}/v1/dashboard?range=1h`)).json()
    const orders = await ordersOf(page)
    const money = new Intl.NumberFormat("en", { style: "currency", currency: answer.currency })
    const from = Date.parse(answer.buckets[0].from)
    const statuses: ReadonlyArray<{ readonly status: string; readonly count: number }> = answer.ordersByStatus
    const shown = await Promise.all(
      statuses.map(({ status }) => numberIn(page, `dashboard-orders-${status}`))
    )

    const told = statuses.map(({ count }) => count)
    expect(shown).toEqual(told)
    expect(told).toEqual(
      statuses.map(({ status }) => orders.filter((order) => order.status === status).length)
    )
    expect(await numberIn(page, "dashboard-placed")).toBe(answer.sagas.placed)
    expect(answer.sagas.placed).toBe(orders.filter(({ placedAt }) => Date.parse(placedAt) >= from).length)
    expect(await textOf(page, "dashboard-revenue")).toBe(money.format(answer.revenue.netMinor / 100))
    expect(await textOf(page, "dashboard-conversion")).toBe(
      `${Math.floor((answer.sagas.fulfilled / answer.sagas.placed) * 100)}%`
    )
  }).toPass({ timeout: 20_000 })
})

test("has each chart as a table that adds up to the tile, and keeps the range in the address", async ({
  page
}) => {
  await placeOrder("acme", { token: "tok_ok", postcode: "12345" })
  await signIn(page, "acme", "viewer")

  await page.getByRole("radio", { name: "1 h" }).focus()
  await page.keyboard.press("ArrowLeft")
  await expect(page).toHaveURL(/range=30d/)
  await expect(page.getByTestId("dashboard")).toHaveAttribute("data-range", "30d")
  await page.getByTestId("dashboard-chart-orders-toggle").click()
  const rows = page.getByTestId("dashboard-chart-orders").locator("tbody tr")
  await expect(rows).toHaveCount(30)
  const sum = async () =>
    (await rows.locator("td:last-child").allTextContents()).reduce(
      (total, text) => total + Number(text.replace(/[^0-9]/g, "")),
      0
    )
  await expect.poll(async () => (await sum()) - (await numberIn(page, "dashboard-placed"))).toBe(0)
  await page.reload()
  await expect(page.getByTestId("dashboard")).toHaveAttribute("data-range", "30d")

  const refused = await page.request.get(`${url()}/v1/dashboard?range=1y`)
  expect(refused.status()).toBe(400)
})
