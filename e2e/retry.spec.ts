import { expect, test } from "@playwright/test"
import { placeOrder, putOrderSettings, signIn, url } from "./demo-tenant.ts"

const slug = "globex"

// The demo begins with a threshold above which orders wait.
test.beforeEach(() => putOrderSettings(slug, {}))
test.afterEach(() => putOrderSettings(slug, {}))

test("tries a declined order again with another card, live, and keeps what the first run did", async ({
  page
}) => {
  await signIn(page, slug, "operator")
  const order = await placeOrder(slug, { token: "tok_declined", postcode: "12345" })
  await page.goto(`${url()}/orders/${order.id}`)
  await expect(page.getByTestId("cancelled")).toContainText("The card was declined", { timeout: 20_000 })
  const loads: Array<string> = []
  page.on("load", () => loads.push(page.url()))

  await page.getByTestId("retry").click()
  const dialog = page.getByRole("dialog")
  await expect(dialog.getByTestId("retry-same")).toContainText("With the same card")
  await dialog.getByLabel("Payment token").click()
  await page.getByRole("option", { name: "tok_ok: accepted" }).click()
  await expect(dialog.getByTestId("retry-same")).toHaveCount(0)
  await dialog.getByTestId("retry-submit").click()

  await expect(page.getByTestId("cancelled")).toHaveCount(0)
  await expect(page.getByTestId("order-status")).toContainText("Fulfilled", { timeout: 20_000 })
  const runs = page.getByTestId("run")
  await expect(runs).toHaveCount(2)
  await expect(runs.nth(0).getByTestId("timeline-step")).toHaveCount(5)
  await expect(runs.nth(1)).toContainText("payment: declined")
  await expect(runs.nth(1).getByTestId("timeline-step").first()).toBeHidden()
  await runs.nth(1).locator("summary").first().click()
  await expect(runs.nth(1).getByTestId("timeline-step")).toHaveCount(3)
  await expect(runs.nth(1).getByTestId("timeline-step").first()).toBeVisible()
  expect(loads).toEqual([])
})

test("keeps what was put in when a retry does not get through", async ({ page, context }) => {
  const order = await placeOrder(slug, { token: "tok_ok", postcode: "00000" })
  await signIn(page, slug, "owner")
  await page.goto(`${url()}/orders/${order.id}`)
  await expect(page.getByTestId("cancelled")).toContainText("does not deliver there", { timeout: 20_000 })
  await page.getByTestId("retry").click()
  const postcode = page.getByRole("combobox", { name: "Postcode" })
  await postcode.fill("!")
  await page.getByTestId("retry-submit").click()
  await expect(postcode).toHaveAttribute("aria-invalid", "true")
  await postcode.fill("12345")
  // Its suggestions lie over the button.
  await postcode.press("Tab")
  await context.setOffline(true)
  await page.getByTestId("retry-submit").click()
  await expect(page.getByTestId("problem-note")).toContainText("cannot be reached")
  await context.setOffline(false)
  await expect(postcode).toHaveValue("12345")
})

test("keeps a viewer from a retry", async ({ page }) => {
  const order = await placeOrder(slug, { token: "tok_declined", postcode: "12345" })
  await signIn(page, slug, "viewer")
  await page.goto(`${url()}/orders/${order.id}`)
  await expect(page.getByTestId("cancelled")).toBeVisible({ timeout: 20_000 })
  await expect(page.getByTestId("retry")).toBeDisabled()
})
