import { expect, type Page, test } from "@playwright/test"
import { createProduct, holdStock, signIn, url } from "./demo-tenant.ts"

const slug = "globex"

const reservation = (page: Page, sku: string) =>
  page.getByTestId("reservation-row").filter({ hasText: sku }).first()
const stock = async (page: Page, sku: string) => {
  await page.goto(`${url()}/products?search=${sku}`)
  const row = page.locator(`[data-testid=product-row][data-sku="${sku}"]`)
  return { available: row.getByTestId("stock-available"), reserved: row.getByTestId("stock-reserved") }
}

test("holds stock, shows it as reserved, and makes an order of it", async ({ page }) => {
  const sku = await createProduct(slug, 5)
  await signIn(page, slug, "operator")
  await page.goto(`${url()}/reservations`)
  await page.getByRole("button", { name: "Hold stock" }).first().click()
  const dialog = page.getByRole("dialog")
  await dialog.getByTestId("hold-stock-submit").click()
  await expect(dialog).toContainText("Choose a product")
  await dialog.getByLabel("Product 1").first().fill(sku)
  await page.getByRole("option", { name: sku }).click()
  await dialog.getByLabel("Quantity 1").fill("3")
  await dialog.getByTestId("hold-stock-submit").click()
  await expect(dialog).toHaveCount(0)
  await expect(reservation(page, sku).getByTestId("reservation-status")).toContainText("Held")
  await expect(reservation(page, sku).getByTestId("time-left")).toContainText(/14 min \d\d s left|15 min/)

  const held = await stock(page, sku)
  await expect(held.available).toHaveText("2")
  await expect(held.reserved).toHaveText("3")

  await page.goto(`${url()}/reservations?status=held`)
  await reservation(page, sku).getByRole("button", { name: "Order it" }).click()
  await expect(page.getByTestId("held-lines")).toContainText(`3 × ${sku}`)
  await page.getByTestId("place-order-submit").click()
  await expect(page).toHaveURL(/\/orders\/[0-9a-f-]{36}$/)
  await expect(page.getByTestId("order-status")).toContainText("Fulfilled", { timeout: 20_000 })

  await page.goto(`${url()}/reservations`)
  await expect(reservation(page, sku).getByTestId("reservation-status")).toContainText("Ordered")
  const sold = await stock(page, sku)
  await expect(sold.available).toHaveText("2")
  await expect(sold.reserved).toHaveText("0")
})

test("lets a reservation expire on the screen, and the units come back by themselves", async ({ page }) => {
  const sku = await createProduct(slug, 5)
  await signIn(page, slug, "operator")
  const shown = await stock(page, sku)
  await holdStock(slug, sku, { quantity: 4, seconds: 12 })

  await expect(shown.available).toHaveText("1", { timeout: 10_000 })
  await expect(shown.available).toHaveText("5", { timeout: 30_000 })
  await expect(shown.reserved).toHaveText("0")
  await holdStock(slug, sku, { quantity: 4, seconds: 2 })
  await page.goto(`${url()}/reservations`)
  await expect(reservation(page, sku).getByTestId("reservation-status")).toContainText("Expired", {
    timeout: 20_000
  })
})

test("releases a reservation after asking, and only for those who may operate", async ({ page }) => {
  const sku = await createProduct(slug, 5)
  await holdStock(slug, sku, { quantity: 5, seconds: 600 })
  await signIn(page, slug, "operator")
  await page.goto(`${url()}/reservations?status=held`)
  await reservation(page, sku).getByRole("button", { name: "Release" }).click()
  await page.getByRole("dialog").getByRole("button", { name: "Release" }).click()
  await expect(reservation(page, sku)).toHaveCount(0)
  const back = await stock(page, sku)
  await expect(back.available).toHaveText("5")

  await holdStock(slug, sku, { quantity: 1, seconds: 600 })
  await page.context().clearCookies()
  await signIn(page, slug, "viewer")
  await page.goto(`${url()}/reservations`)
  await expect(reservation(page, sku).getByRole("button", { name: "Release" })).toBeDisabled()
  await expect(page.getByRole("button", { name: "Hold stock" })).toBeDisabled()
})
