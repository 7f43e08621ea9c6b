import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, type Page, test } from "@playwright/test"
import { eventLog, type Flow, flowOrders, placeOrder, signIn } from "./demo-tenant.ts"

const slug = "acme"

interface Screen {
  /** Every row that was put on the screen, in that order. */
  readonly rows: Array<{ readonly seq: number; readonly at: number }>
  /** Every state that the badge had. */
  readonly states: Array<{ readonly status: string; readonly at: number }>
  /** Numbers of neighbouring rows that are not neighbours in the log. */
  readonly torn: Array<string>
}

declare global {
  interface Window {
    seen: Screen
  }
}

/** A row of the log on the dashboard or on the page of events. */
const rowOfLog = "[data-testid=event-row], [data-testid=log-row]"

/** Notes what the page shows from now on, also what is gone before anybody could look. */
const record = (page: Page) =>
  page.evaluate((row) => {
    const seen: Screen = { rows: [], states: [], torn: [] }
    window.seen = seen
    const rowsIn = (node: Node) =>
      node instanceof HTMLElement ? [node, ...node.querySelectorAll<HTMLElement>(row)] : []
    const note = (rows: ReadonlyArray<HTMLElement>) => {
      for (const shown of rows)
        if (shown.matches(row)) seen.rows.push({ seq: Number(shown.dataset.seq), at: Date.now() })
    }
    const look = () => {
      const shown = [...document.querySelectorAll<HTMLElement>(row)].map(({ dataset }) => Number(dataset.seq))
      for (const [index, seq] of shown.entries())
        if (index > 0 && seq !== (shown[index - 1] ?? 0) - 1) seen.torn.push(`${shown[index - 1]} ${seq}`)
    }
    note([...document.querySelectorAll<HTMLElement>(row)].reverse())
    new MutationObserver((changes) => {
      for (const { addedNodes, target, type } of changes) {
        if (type === "childList") note([...addedNodes].flatMap(rowsIn))
        else if (target instanceof HTMLElement)
          seen.states.push({ status: target.dataset.status ?? "", at: Date.now() })
      }
      look()
    }).observe(document.body, {
      childList: true,
      subtree: true,
      attributes: true,
      attributeFilter: ["data-status"]
    })
  }, rowOfLog)

const seenBy = (page: Page) => page.evaluate(() => window.seen)

/** What was shown is the log itself: each number once, and nothing between the first and the last is missing. */
const expectWhole = async (page: Page) => {
  const { rows, torn } = await seenBy(page)
  const shown = rows.map(({ seq }) => seq).toSorted((left, right) => left - right)
  const first = shown[0] ?? 0
  const logged = await eventLog(slug, first - 1)
  expect(shown).toEqual(logged.filter((seq) => seq <= (shown.at(-1) ?? 0)))
  expect(torn).toEqual([])
}

/** Until the screen has the last event of the log. */
const expectPresent = (page: Page) =>
  expect
    .poll(async () => {
      const { rows } = await seenBy(page)
      const newest = Math.max(...rows.map(({ seq }) => seq))
      return (await eventLog(slug, newest)).length
    })
    .toBe(0)

const pidOf = (replica: string): number => {
  const run = JSON.parse(readFileSync(join(process.env.E2E_DATA_DIR ?? "", "run.json"), "utf8"))
  return run.processes[replica].pid
}

const setVisibility = (page: Page, state: DocumentVisibilityState) =>
  page.evaluate((visibilityState) => {
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => visibilityState })
    document.dispatchEvent(new Event("visibilitychange"))
  }, state)

let flow: Flow | undefined
test.afterEach(async () => {
  await flow?.stop()
  flow = undefined
})

test("goes on with another replica when its own is killed: back within 5 s, every event once", async ({
  page
}) => {
  test.setTimeout(90_000)
  const broken: Array<string> = []
  page.on("pageerror", (error) => broken.push(error.message))
  await signIn(page, slug, "operator")
  // That page keeps 500 rows: more than an outage of ten seconds brings at once.
  await page.getByRole("link", { name: "Events", exact: true }).click()
  await expect(page.getByTestId("event-log")).toBeVisible()
  const badge = page.getByTestId("live-badge")
  await expect(badge).toHaveAttribute("data-replica", /^replica-/)
  await record(page)
  // So many that some happen while nobody is connected.
  flow = flowOrders(slug, 100)
  const before = (await seenBy(page)).rows.length
  await expect
    .poll(async () => (await seenBy(page)).rows.length, { timeout: 30_000 })
    .toBeGreaterThan(before + 7)

  const replica = (await badge.getAttribute("data-replica")) ?? ""
  const killedAt = Date.now()
  process.kill(pidOf(replica), "SIGKILL")

  const backAt = await expect
    .poll(async () => {
      const { states } = await seenBy(page)
      const lost = states.findIndex(({ status, at }) => status === "reconnecting" && at >= killedAt)
      return lost < 0 ? undefined : states.slice(lost).find(({ status }) => status === "live")?.at
    })
    .toBeDefined()
    .then(async () => (await seenBy(page)).states.findLast(({ status }) => status === "live")?.at ?? 0)
  expect(backAt - killedAt).toBeLessThan(5000)
  await expect(badge).toHaveAttribute("data-replica", /^replica-/)
  expect(await badge.getAttribute("data-replica")).not.toBe(replica)

  await expect
    .poll(async () => (await seenBy(page)).rows.find(({ at }) => at > backAt), { timeout: 15_000 })
    .toBeDefined()
  const firstAt = (await seenBy(page)).rows.find(({ at }) => at > backAt)?.at ?? 0
  expect(firstAt - killedAt).toBeLessThan(10_000)
  await flow.stop()
  await expectPresent(page)
  await expectWhole(page)
  expect(broken).toEqual([])
  console.log(
    `killed ${replica}: back after ${backAt - killedAt} ms, first event after ${firstAt - killedAt} ms`
  )

  await badge.click()
  await expect(page.getByTestId("live-story")).toContainText("on the screen at once")
  await expect(page.getByRole("dialog")).toContainText("Lost")
})

test("rests in the background and without a network, and then shows what happened meanwhile", async ({
  page,
  context
}) => {
  await page.clock.install()
  const sockets: Array<"open" | "closed"> = []
  page.on("websocket", (socket) => {
    const index = sockets.push("open") - 1
    socket.on("close", () => {
      sockets[index] = "closed"
    })
  })
  await signIn(page, slug, "operator")
  const badge = page.getByTestId("live-badge")
  await placeOrder(slug, { token: "tok_ok", postcode: "12345" })
  await expect(page.getByTestId("event-row").first()).toBeVisible()
  await record(page)

  await setVisibility(page, "hidden")
  await page.clock.fastForward(50_000)
  await setVisibility(page, "visible")
  await page.clock.fastForward(30_000)
  await expect(badge).toHaveAttribute("data-status", "live")
  expect(sockets).toEqual(["open"])

  await setVisibility(page, "hidden")
  await page.clock.fastForward(61_000)
  await expect(badge).toHaveAttribute("data-status", "paused")
  await expect.poll(() => sockets).toEqual(["closed"])
  const missed = await placeOrder(slug, { token: "tok_ok", postcode: "12345" })
  await setVisibility(page, "visible")
  await expect(badge).toHaveAttribute("data-status", "live")
  await expect(page.getByTestId("event-row").filter({ hasText: missed.number }).first()).toBeVisible()

  await context.setOffline(true)
  await expect(badge).toHaveText("Offline")
  await badge.click()
  await expect(page.getByTestId("live-story")).toContainText("no network")
  await expect(page.getByTestId("live-retry")).toBeVisible()
  const unseen = await placeOrder(slug, { token: "tok_ok", postcode: "12345" })
  await context.setOffline(false)
  await expect(badge).toHaveText("Live")
  await expect(page.getByTestId("event-row").filter({ hasText: unseen.number }).first()).toBeVisible()
  await page.getByTestId("live-toggle").click()
  await expect(badge).toHaveText("Paused")
  await page.getByTestId("live-toggle").click()
  await expect(badge).toHaveText("Live")
  await expectPresent(page)
  await expectWhole(page)
})
