// Bundles every load/*.k6.js into .build/load/, because k6 resolves no packages. Usage: node load/build.mjs
import { readdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const folder = dirname(fileURLToPath(import.meta.url))
const scenarios = readdirSync(folder).filter((file) => file.endsWith(".k6.js"))

await build({
  entryPoints: scenarios.map((file) => ({ in: join(folder, file), out: file.replace(".k6.js", "") })),
  outdir: join(folder, "..", ".build", "load"),
  bundle: true,
  format: "esm",
  // Chooses the parts of msgpackr without `for await`, which k6 does not parse.
  platform: "browser",
  target: "es2020",
  external: ["k6", "k6/*"],
  logLevel: "info"
})
