import { readFileSync } from "node:fs"
import { join } from "node:path"
import { AxeBuilder } from "@axe-core/playwright"
import { expect, test } from "@playwright/test"

const url = process.env.E2E_URL ?? ""

const pages = [
  ...["/", "/orders", "/orders/stuck", "/products", "/reservations", "/imports", "/webhooks", "/jobs"],
  ...["/events", "/events?type=order.placed", "/events?event=1", "/cluster"]
]
const widths = [
  { name: "wide", width: 1440, height: 900 },
  { name: "narrow", width: 390, height: 844 }
]

const owner = () => {
  const demo = JSON.parse(readFileSync(join(process.env.E2E_DATA_DIR ?? "", "demo.json"), "utf8"))
  const { email, password } = demo.tenants[0].users[0]
  return { email, password }
}

/** `/orders/0199…?tab=history` is `orders-one-tab-history`. */
const fileName = (path: string) =>
  path
    .replace(/[0-9a-f-]{36}/, "one")
    .slice(1)
    .replace(/[^a-z]+/g, "-") || "dashboard"

for (const theme of ["light", "dark"] as const) {
  for (const { name, width, height } of widths) {
    test.describe(`${theme}, ${name}`, () => {
      test.use({ colorScheme: theme, viewport: { width, height } })

      test("the sign-in page is accessible", async ({ page }) => {
        await page.goto(`${url}/sign-in`)
        await expect(page.getByTestId("login-submit")).toBeVisible()
        await page.screenshot({ path: `test-results/pages/sign-in-${theme}-${name}.png` })
        const { violations } = await new AxeBuilder({ page }).analyze()
        expect(violations.filter(({ impact }) => impact === "serious" || impact === "critical")).toEqual([])
      })

      test("every page is accessible, fits its width and asks nobody else", async ({ page }) => {
        test.setTimeout(180_000)
        const foreign: Array<string> = []
        page.on("request", (request) => {
          if (!request.url().startsWith(url) && !/^(data|blob|ws):/.test(request.url()))
            foreign.push(request.url())
        })
        await page.request.post(`${url}/v1/auth/login`, { data: owner() })
        const { items } = await (await page.request.get(`${url}/v1/orders?limit=1`)).json()
        const products = await (await page.request.get(`${url}/v1/products?limit=2`)).json()
        await page.request.post(`${url}/v1/reservations`, {
          headers: { "idempotency-key": crypto.randomUUID() },
          data: { lines: products.items.map(({ sku }: { readonly sku: string }) => ({ sku, quantity: 2 })) }
        })
        for (const path of [...pages, `/orders/${items[0].id}`, `/orders/${items[0].id}?tab=history`]) {
          await page.goto(url + path)
          await expect(page.getByTestId("live-badge").first()).toContainText("Live")
          await expect(page.getByTestId("loading")).toHaveCount(0)
          await page.screenshot({
            path: `test-results/pages/${fileName(path)}-${theme}-${name}.png`
          })
          const overflow = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth
          )
          expect(overflow, path).toBeLessThanOrEqual(0)
          const { violations } = await new AxeBuilder({ page }).analyze()
          const bad = violations.filter(({ impact }) => impact === "serious" || impact === "critical")
          expect(
            bad.map(({ id, nodes }) => [id, nodes[0]?.html]),
            path
          ).toEqual([])
        }
        expect(foreign).toEqual([])
      })
    })
  }
}
