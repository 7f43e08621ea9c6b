import { appendFileSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type HistoryEntry } from "./history-entry.ts"
import { HistoryOperations } from "./history-operations.ts"
import { HistoryReader } from "./history-reader.ts"
import { HistoryWriter } from "./history-writer.ts"

let folder = ""
let file = ""

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tessera-history-"))
  file = join(folder, "history.ndjson")
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const line = { process: "acme-1", operation: "place", tenant: "acme", key: "k" } as const

describe("a history", () => {
  it("gives back what was appended, by two writers one after the other", async () => {
    for (const key of ["one", "two"]) {
      const writer = new HistoryWriter(file)
      writer.append({ ...line, key, phase: "invoke", args: { text: "ä\n" } })
      writer.fault("SIGKILL", "invoke", { replica: key })
      writer.close()
    }

    const lines = await HistoryReader.all(file)

    expect(lines.map(({ key, operation, phase }) => [operation, key, phase])).toEqual([
      ["place", "one", "invoke"],
      ["fault", "SIGKILL", "invoke"],
      ["place", "two", "invoke"],
      ["fault", "SIGKILL", "invoke"]
    ])
    expect(lines[0]?.args).toEqual({ text: "ä\n" })
    expect(lines.every(({ at }) => Math.abs(Date.now() - at) < 60_000)).toBe(true)
  })

  it("leaves out half a line at its end and refuses one in its middle", async () => {
    const writer = new HistoryWriter(file)
    writer.append({ ...line, phase: "invoke" })
    writer.close()
    appendFileSync(file, '{"at":1,"proc')

    expect(await HistoryReader.all(file)).toHaveLength(1)

    appendFileSync(file, '\n{"at":1,"operation":"place","phase":"ok"}\n')
    await expect(HistoryReader.all(file)).rejects.toThrow(/broken line/)
  })
})

describe("what is known of an operation", () => {
  type Phase = HistoryEntry.Phase
  const statusOf = (...phases: ReadonlyArray<Phase>) => {
    const operations = new HistoryOperations()
    for (const [at, phase] of phases.entries()) operations.take({ ...line, at, phase })
    return operations.of("place").map(({ status }) => status)
  }

  it.each<[Phase, ReadonlyArray<Phase>]>([
    ["info", ["invoke"]],
    ["ok", ["invoke", "ok"]],
    ["fail", ["invoke", "fail"]],
    ["ok", ["invoke", "info", "refused", "ok"]],
    ["refused", ["invoke", "refused", "refused"]],
    ["fail", ["invoke", "refused", "fail"]],
    // The first attempt may have done it, whatever the second was told.
    ["info", ["invoke", "info", "fail"]],
    ["info", ["invoke", "info", "refused"]],
    ["info", ["invoke", "refused", "info"]]
  ])("is %s after %j", (expected, phases) => {
    expect(statusOf(...phases)).toEqual([expected])
  })
})
