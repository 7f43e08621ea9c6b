import { expect, test } from "@playwright/test"
import { placeOrder, putOrderSettings, signIn, url } from "./demo-tenant.ts"

const slug = "globex"

// The demo begins with a threshold above which orders wait.
test.beforeEach(() => putOrderSettings(slug, {}))
test.afterEach(() => putOrderSettings(slug, {}))

test("shows each parcel of a large order with a tracking code of its own", async ({ page }) => {
  await signIn(page, slug, "owner")
  await page.goto(`${url()}/orders`)
  await page.getByRole("button", { name: "Settings" }).click()
  const dialog = page.getByRole("dialog")
  await dialog.getByRole("switch", { name: "Large orders ship in several parcels" }).click()
  await dialog.getByLabel("Units a parcel, at most").fill("2")
  await dialog.getByRole("button", { name: "Save" }).click()
  await expect(dialog).toHaveCount(0)
  const order = await placeOrder(slug, { token: "tok_ok", postcode: "12345", quantity: 3 })

  await page.goto(`${url()}/orders/${order.id}`)
  await expect(page.getByTestId("order-status")).toContainText("Fulfilled", { timeout: 20_000 })

  const parcels = page.getByTestId("parcel")
  await expect(parcels).toHaveCount(2)
  await expect(parcels.nth(0)).toContainText("2 ×")
  await expect(parcels.nth(1)).toContainText("1 ×")
  await expect(page.getByRole("button", { name: "Copy tracking code of parcel 2" })).toBeVisible()
})
