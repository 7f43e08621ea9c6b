import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, type Page, test } from "@playwright/test"
import { WorkbookGenerator } from "../tests/workbook-generator.ts"
import { placeOrder, signIn, url } from "./demo-tenant.ts"

const numberIn = async (page: Page, testId: string) =>
  Number((await page.getByTestId(testId).textContent())?.replace(/[^0-9]/g, ""))

test("imports a messy workbook as orders and watches the dashboard move without a reload", async ({
  page,
  context
}) => {
  test.setTimeout(180_000)
  const folder = mkdtempSync(join(tmpdir(), "tessera-journey-"))
  const file = join(folder, "retail.xlsx")
  const workbook = WorkbookGenerator.retail({ seed: 7, rows: 600 })
  await WorkbookGenerator.writeXlsx(file, workbook)

  await signIn(page, "globex", "operator")
  const fulfilledBefore = await numberIn(page, "dashboard-orders-fulfilled")
  const loads: Array<string> = []
  page.on("load", () => loads.push(page.url()))

  const upload = await context.newPage()
  await upload.goto(`${url()}/imports`)
  await upload.getByText("Orders", { exact: true }).last().click()
  await upload.getByTestId("import-file").setInputFiles(file)
  await upload.getByTestId("import-commit").click({ timeout: 60_000 })

  await expect(upload.getByTestId("import-status")).toContainText(/completed|imported|done/i, {
    timeout: 60_000
  })
  await expect(upload.getByTestId("import-count-created")).toHaveText(String(workbook.facts.goodInvoices))
  await expect(upload.getByTestId("import-count-rejected")).toHaveText(String(workbook.facts.rejectedRows))
  await expect(upload.getByTestId("rejected-row").first()).toBeVisible()

  await expect
    .poll(() => numberIn(page, "dashboard-orders-fulfilled"), { timeout: 90_000 })
    .toBe(fulfilledBefore + workbook.facts.goodInvoices)
  expect(loads).toEqual([])
  rmSync(folder, { recursive: true, force: true })
})

test("shows how an order was undone, step by step", async ({ page }) => {
  await signIn(page, "acme", "operator")
  const order = await placeOrder("acme", { token: "tok_ok", postcode: "00000" })

  await page.goto(`${url()}/orders/${order.id}`)
  await expect(page.getByTestId("order-status")).toContainText("Cancelled", { timeout: 20_000 })

  const steps = page.getByTestId("timeline-step")
  await expect(steps).toHaveCount(7)
  const story = await steps.evaluateAll((rows) =>
    rows.map((row) => [row.dataset.direction, row.dataset.step, row.dataset.outcome].join(" "))
  )
  expect(story).toEqual([
    "forward reserve succeeded",
    "forward authorise succeeded",
    "forward capture succeeded",
    "forward book failed",
    "compensate capture succeeded",
    "compensate authorise succeeded",
    "compensate reserve succeeded"
  ])
})

test("shows an order placed by API on a dashboard that is open, and the webhook attempt it caused", async ({
  page
}) => {
  await signIn(page, "acme", "owner")
  const order = await placeOrder("acme", { token: "tok_ok", postcode: "12345" })

  await expect(page.getByTestId("event-row").filter({ hasText: order.number }).first()).toBeVisible()

  await page.goto(`${url()}/webhooks`)
  const delivery = page.getByTestId("delivery-row").first()
  await expect(delivery).toBeVisible({ timeout: 20_000 })
  await delivery.getByRole("button").first().click()
  await expect(page.getByTestId("attempt-row").first()).toContainText(/20[04]/)
})

test("refuses another tenant's order as if it did not exist, and a viewer's wish to sell", async ({
  page
}) => {
  const order = await placeOrder("acme", { token: "tok_ok", postcode: "12345" })

  await signIn(page, "globex", "viewer")
  await page.goto(`${url()}/orders/${order.id}`)
  await expect(page.getByTestId("problem")).toContainText("No such order")

  await page.goto(`${url()}/orders`)
  await expect(page.getByRole("button", { name: /place order|new order/i })).toBeDisabled()
})
