import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { decode, encode } from "@jridgewell/sourcemap-codec"
import { expect, it } from "vitest"
import { ownSourceMap } from "../scripts/launcher/own-source-map.ts"

it("keeps our own places in a source map, and maps nothing in packages", () => {
  const folder = mkdtempSync(join(tmpdir(), "tessera-map-"))
  const file = join(folder, "main.js.map")
  const [theirs, ours] = [0, 1]
  const mappings = encode([
    [
      [0, theirs, 0, 0],
      [4, ours, 2, 3],
      [9, theirs, 1, 1],
      [12, theirs, 1, 4]
    ],
    [[0, theirs, 5, 0]],
    [[2, ours, 7, 0]]
  ])
  writeFileSync(file, JSON.stringify({ sources: ["../node_modules/a/b.js", "../src/c.ts"], mappings }))

  ownSourceMap(file)

  const written: { readonly mappings: string } = JSON.parse(readFileSync(file, "utf8"))
  expect(decode(written.mappings)).toEqual([[[4, ours, 2, 3], [9]], [], [[2, ours, 7, 0]]])
  rmSync(folder, { recursive: true })
})
