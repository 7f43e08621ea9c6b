import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Exit } from "effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { bundle } from "../../scripts/launcher/bundle.ts"
import { Failpoint } from "./failpoint.ts"
import { liveFailpoints } from "./live-failpoints.ts"

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tessera-failpoint-"))
  file = join(folder, "modes.json")
  process.env.FAILPOINT_FILE = file
})

afterEach(() => {
  delete process.env.FAILPOINT_FILE
  rmSync(folder, { recursive: true, force: true })
})

const set = (modes: Readonly<Record<string, string>>) => writeFileSync(file, JSON.stringify(modes))
const hits = () =>
  readFileSync(`${file}.hits`, "utf8")
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { readonly name: string }).name)

/** The replica of the product, or the same with what the bed puts into it. */
const replica = async (isLive: boolean) => {
  await bundle({
    outdir: folder,
    entries: [["main", "apps/api/src/main.ts"]],
    plugins: isLive ? [liveFailpoints] : []
  })
  return readFileSync(join(folder, "main.js"), "utf8")
}

describe("failpoints", () => {
  it("are not in the product", async () => {
    const product = await replica(false)
    const bed = await replica(true)

    const marks = /failpoints-are-live|FAILPOINT_FILE/g
    expect(product.match(marks)).toBeNull()
    expect(bed.match(marks)?.length).toBeGreaterThan(1)
  })

  it("do nothing without a mode", async () => {
    set({ other: "throw" })

    expect(await Effect.runPromise(Failpoint.around("a", Effect.succeed(1)))).toBe(1)
    expect(() => hits()).toThrow()
  })

  it("throw before or after, and leave a line for each hit", async () => {
    let done = 0
    const work = Failpoint.around(
      "a",
      Effect.sync(() => ++done)
    )
    set({ "a.before": "throw" })
    const before = await Effect.runPromiseExit(work)
    set({ "a.after": "throw" })
    const after = await Effect.runPromiseExit(work)

    expect([Exit.isFailure(before), Exit.isFailure(after), done]).toEqual([true, true, 1])
    expect(hits()).toEqual(["a.before", "a.after"])
  })

  it("hold until the mode is gone, and can be interrupted", async () => {
    set({ a: "pause" })
    const fiber = Effect.runFork(Failpoint.hit("a"))
    const early = await Effect.runPromise(Effect.timeoutOption(Effect.fromFiber(fiber), "150 millis"))
    expect(early._tag).toBe("None")

    set({ a: "pause" })
    const second = Effect.runPromise(Failpoint.hit("a"))
    set({})
    await second
  })

  it("sleep without holding up others, and block everybody", async () => {
    set({ a: "sleep:120", b: "block:120" })
    const startedAt = performance.now()
    let turns = 0
    const timer = setInterval(() => turns++, 10)
    await Effect.runPromise(Failpoint.hit("a"))
    const asleep = turns
    turns = 0
    await Effect.runPromise(Failpoint.hit("b"))
    const blocked = turns
    clearInterval(timer)

    expect(performance.now() - startedAt).toBeGreaterThan(235)
    expect(asleep).toBeGreaterThan(3)
    expect(blocked).toBe(0)
  })
})
