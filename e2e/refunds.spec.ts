import { expect, type Page, test } from "@playwright/test"
import { availableOf, placeOrder, putOrderSettings, refundOrder, signIn, url } from "./demo-tenant.ts"

/** It sells in USD. */
const slug = "globex"
const fine = { token: "tok_ok", postcode: "12345" } as const
const major = (minor: number) => (minor / 100).toFixed(2)

// The demo begins with a threshold above which orders wait.
test.beforeEach(() => putOrderSettings(slug, {}))
test.afterEach(() => putOrderSettings(slug, {}))

const openFulfilled = async (page: Page, id: string) => {
  await page.goto(`${url()}/orders/${id}`)
  await expect(page.getByTestId("order-status")).toContainText("Fulfilled", { timeout: 20_000 })
}

test("refunds one of two units: the money is shown, the unit is on sale again, the list says so", async ({
  page
}) => {
  await signIn(page, slug, "owner")
  const order = await placeOrder(slug, { ...fine, quantity: 2 })
  const [line] = order.lines
  await openFulfilled(page, order.id)
  const before = await availableOf(slug, line!.sku)

  await page.getByTestId("refund").click()
  const dialog = page.getByRole("dialog")
  await expect(dialog.getByTestId("refund-amount")).toHaveValue(major(order.totalMinor))
  await dialog.getByLabel(`Units of ${line!.sku} that came back`, { exact: true }).fill("1")
  await expect(dialog.getByTestId("refund-amount")).toHaveValue(major(line!.unitPriceMinor))
  await expect(dialog.getByTestId("refund-outlook")).toContainText("1 unit goes back on sale")
  await dialog.getByLabel("Note").fill("Broken cup")
  await dialog.getByTestId("refund-submit").click()

  await expect(dialog).toHaveCount(0)
  const row = page.getByTestId("refund-row")
  await expect(row).toHaveAttribute("data-status", "paid", { timeout: 20_000 })
  await expect(row).toContainText(/1 × .* · on sale again/)
  await expect(row).toContainText(/@.*“Broken cup”/)
  await expect(page.getByTestId("money")).toContainText(`Kept$${major(order.totalMinor / 2)}`)
  await expect.poll(() => availableOf(slug, line!.sku)).toBe(before + 1)
  await page.goto(`${url()}/orders`)
  await expect(
    page.locator(`[data-testid=order-row][data-order="${order.number}"]`).getByTestId("order-refunded")
  ).toHaveText("partly refunded")
})

test("takes everything back at once, and then there is nothing left to refund", async ({ page }) => {
  await signIn(page, slug, "admin")
  const order = await placeOrder(slug, { ...fine, quantity: 2 })
  await openFulfilled(page, order.id)

  await page.getByTestId("refund").click()
  await page.getByTestId("refund-all-back").click()
  await page.getByTestId("refund-submit").click()

  await expect(page.getByTestId("refund-row")).toHaveAttribute("data-status", "paid", { timeout: 20_000 })
  await expect(page.getByTestId("money")).toContainText("Kept$0.00")
  await expect(page.getByTestId("refund")).toBeDisabled()
})

test("says in the dialog why a refund is refused, and what is left; nothing that was typed is lost", async ({
  page,
  context
}) => {
  await signIn(page, slug, "owner")
  const order = await placeOrder(slug, { ...fine, quantity: 2 })
  await openFulfilled(page, order.id)
  await page.getByTestId("live-badge").click()
  await page.getByTestId("live-toggle").click()
  await page.keyboard.press("Escape")
  await page.getByTestId("refund").click()
  const dialog = page.getByRole("dialog")
  await dialog.getByLabel("Note").fill("Twice at once")

  await dialog.getByTestId("refund-amount").fill("12.345")
  await expect(dialog).toContainText("Enter an amount such as 12.50")
  await expect(dialog.getByTestId("refund-submit")).toBeDisabled()
  await dialog.getByTestId("refund-amount").fill(major(order.totalMinor + 1))
  await expect(dialog).toContainText(`At most $${major(order.totalMinor)} is left`)

  await dialog.getByTestId("refund-amount").fill(major(order.totalMinor))
  await context.setOffline(true)
  await dialog.getByTestId("refund-submit").click()
  await expect(dialog.getByTestId("problem-note")).toContainText("cannot be refunded twice")
  await context.setOffline(false)

  await refundOrder(slug, order.id, order.totalMinor / 2)
  await dialog.getByTestId("refund-submit").click()
  await expect(dialog.getByTestId("problem-note")).toContainText("more than what is left")
  const note = dialog.getByTestId("problem-note")
  await note.getByRole("button", { name: `Take $${major(order.totalMinor / 2)}` }).click()
  await expect(dialog.getByLabel("Note")).toHaveValue("Twice at once")
  await dialog.getByTestId("refund-submit").click()

  await expect(dialog).toHaveCount(0)
  await expect(page.getByTestId("refund-row")).toHaveCount(2)
})

test("lets an operator see refunds, and not make them", async ({ page }) => {
  const order = await placeOrder(slug, fine)
  await signIn(page, slug, "operator")
  await openFulfilled(page, order.id)
  await expect(page.getByTestId("refund")).toBeDisabled()

  await refundOrder(slug, order.id, order.totalMinor)

  await expect(page.getByTestId("refund-row")).toBeVisible({ timeout: 20_000 })
})
