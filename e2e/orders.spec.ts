import { expect, type Page, test } from "@playwright/test"
import { placeOrder, putOrderSettings, signIn, url } from "./demo-tenant.ts"

const fine = { token: "tok_ok", postcode: "12345" } as const
const slug = "globex"

const row = (page: Page, number: string) => page.locator(`[data-testid=order-row][data-order="${number}"]`)
const selectOf = (page: Page, number: string) => page.getByLabel(`Select order ${number}`, { exact: true })

const withoutApprovals = () => putOrderSettings(slug, { approvalThresholdMinor: null })
// The demo begins with a threshold.
test.beforeEach(withoutApprovals)
test.afterEach(withoutApprovals)

test("has an order above the threshold wait, be approved with a note, and go on to its end", async ({
  page
}) => {
  await signIn(page, slug, "owner")
  await page.goto(`${url()}/orders`)
  await page.getByRole("button", { name: "Settings" }).click()
  const dialog = page.getByRole("dialog")
  await dialog.getByRole("switch", { name: "Large orders need approval" }).click()
  await dialog.getByLabel(/^Above/).fill("0.01")
  await dialog.getByRole("button", { name: "Save" }).click()
  await expect(dialog).toHaveCount(0)
  const order = await placeOrder(slug, fine)

  await page.getByTestId("order-view").filter({ hasText: "Awaiting approval" }).click()
  await expect(row(page, order.number)).toContainText("Awaiting approval", { timeout: 20_000 })
  await row(page, order.number).getByRole("link").click()
  await expect(page.getByTestId("approval")).toHaveAttribute("data-state", "pending")
  await expect(page.getByTestId("step-wait")).toContainText(/Waiting for approval since .*, until /)
  await page.getByTestId("approve").click()
  await page.getByLabel("Note").fill("Known customer")
  await page.getByTestId("decide").click()

  await expect(page.getByTestId("order-status")).toContainText("Fulfilled", { timeout: 20_000 })
  await expect(page.getByTestId("approval")).toContainText(/Approved.*@.*“Known customer”/)
  await expect(page.getByTestId("step-wait")).toContainText(/Waited .* for approval/)
  await page.getByRole("tab", { name: "History" }).click()
  await expect(page.getByTestId("history-row").filter({ hasText: "Known customer" })).toContainText(
    /pending.*approved/
  )
})

test("cancels many orders at once and says which could not be", async ({ page }) => {
  await signIn(page, slug, "operator")
  const ended = await placeOrder(slug, fine)
  await page.goto(`${url()}/orders`)
  await expect(row(page, ended.number)).toContainText("Fulfilled", { timeout: 20_000 })
  await putOrderSettings(slug, { approvalThresholdMinor: 1 })
  const waiting = [await placeOrder(slug, fine), await placeOrder(slug, fine)]
  for (const { number } of waiting)
    await expect(row(page, number)).toContainText("Awaiting", { timeout: 20_000 })

  for (const { number } of [ended, ...waiting]) await selectOf(page, number).check()
  await page.getByTestId("bulk-bar").getByRole("button", { name: "Cancel 3 orders" }).click()
  await page.getByRole("dialog").getByRole("button", { name: "Cancel 3 orders" }).click()

  const summary = page.getByTestId("bulk-summary")
  await expect(summary).toContainText("2 cancelled, 1 could not")
  await expect(summary).toContainText(`cannot do this in its present state: ${ended.number}`)
  await expect(page.getByTestId("bulk-bar")).toHaveCount(0)
  for (const { number } of waiting) {
    await expect(row(page, number).getByTestId("order-status")).toContainText("Cancelled", {
      timeout: 20_000
    })
  }
})

test("leads through the list by keyboard", async ({ page }) => {
  await signIn(page, slug, "operator")
  await page.goto(`${url()}/orders`)
  const links = page.getByTestId("order-row").getByRole("link")
  await expect(links.nth(1)).toBeVisible()

  await page.keyboard.press("j")
  await page.keyboard.press("ArrowDown")
  await expect(links.nth(1)).toBeFocused()
  await page.keyboard.press("k")
  await expect(links.nth(0)).toBeFocused()
  await page.keyboard.press("x")
  await expect(page.getByTestId("bulk-bar")).toContainText("1 selected")
  await page.keyboard.press("Escape")
  await expect(page.getByTestId("bulk-bar")).toHaveCount(0)
  await page.keyboard.press("?")
  await expect(page.getByTestId("keys")).toContainText("Next order")
  await page.keyboard.press("Escape")
  await expect(page.getByTestId("keys")).toHaveCount(0)
  await page.keyboard.press("/")
  await expect(page.getByRole("searchbox")).toBeFocused()
  await page.keyboard.type("no such jk?x")
  await expect(page.getByTestId("empty")).toContainText("No order matches")
  await expect(page.getByRole("searchbox")).toHaveValue("no such jk?x")
  await expect(page.getByRole("searchbox")).toBeFocused()
  await page.getByRole("button", { name: "Show all" }).click()
  await expect(page.getByRole("searchbox")).toHaveValue("")
  await page.keyboard.press("j")
  await page.keyboard.press("Enter")
  await expect(page).toHaveURL(/\/orders\/[0-9a-f-]{36}$/)
})

test("keeps a person's own views of the list, in this browser", async ({ page }) => {
  await signIn(page, slug, "viewer")
  await page.goto(`${url()}/orders?status=fulfilled`)
  await page.getByRole("button", { name: "Save view" }).click()
  await page.getByLabel("Name", { exact: true }).fill("Cancelled")
  await expect(page.getByRole("dialog").getByRole("button", { name: "Save" })).toBeDisabled()
  await page.getByLabel("Name", { exact: true }).fill("Done")
  await page.getByLabel("Name", { exact: true }).press("Enter")

  await page.goto(`${url()}/orders`)
  await page.getByTestId("order-view").filter({ hasText: "Done" }).click()
  await expect(page).toHaveURL(/status=fulfilled/)
  await page.getByRole("button", { name: "Change view Done" }).click()
  await page.getByRole("menuitem", { name: "Rename" }).click()
  await page.getByLabel("Name", { exact: true }).fill("Finished")
  await page.getByLabel("Name", { exact: true }).press("Enter")
  await expect(page.getByTestId("order-view").filter({ hasText: "Finished" })).toHaveAttribute(
    "aria-pressed",
    "true"
  )
  await page.getByRole("button", { name: "Change view Finished" }).click()
  await page.getByRole("menuitem", { name: "Delete" }).click()
  await expect(page.getByTestId("order-view")).toHaveCount(4)
})

test("says on every page that failures are injected, until they are healed", async ({ page }) => {
  await signIn(page, slug, "owner")
  await page.goto(`${url()}/cluster`)
  await page.getByRole("switch", { name: "Carrier outage" }).click()
  await expect(page.getByTestId("failure-strip")).toContainText("the carrier is out")

  await page.goto(`${url()}/orders/stuck`)
  await expect(page.getByTestId("failure-strip")).toBeVisible()
  await page.getByTestId("failure-strip").getByRole("link", { name: "Change" }).click()
  await page.getByTestId("heal-all").click()

  await expect(page.getByTestId("failure-strip")).toHaveCount(0)
})
