import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { build, type Plugin, stop } from "esbuild"
import { LaunchError } from "./launch-error.ts"
import { ownSourceMap } from "./own-source-map.ts"
import { Paths } from "./paths.ts"

declare namespace bundle {
  interface Options {
    readonly outdir: string
    /** Name of the bundle and the program it starts at, relative to the clone. */
    readonly entries: ReadonlyArray<readonly [string, string]>
    readonly plugins?: ReadonlyArray<Plugin>
  }
}

/** Programs for Node as one file each, the same way for the product and for its test bed. */
const bundle = async ({ entries, outdir, plugins = [] }: bundle.Options): Promise<void> => {
  await build({
    absWorkingDir: Paths.repo,
    entryPoints: entries.map(([out, file]) => ({ in: file, out })),
    outdir,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: true,
    sourcesContent: false,
    plugins: [...plugins],
    // The CommonJS packages in the bundle call require() for Node's own modules, which an ES module does not have.
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);'
    },
    // Native add-ons find their binary relative to themselves, so they stay in node_modules.
    external: ["pg-native", "@node-rs/*", "msgpackr-extract", "bufferutil", "utf-8-validate", "*.node"],
    logLevel: "silent"
  }).catch((error: Error) => {
    throw new LaunchError({ message: `The API does not build.\n${error.message}` })
  })
  // Its helper process would otherwise stay as long as we do.
  await stop()
  for (const [out] of entries) ownSourceMap(join(outdir, `${out}.js.map`))
  writeFileSync(join(outdir, "package.json"), '{ "type": "module" }\n')
}

export { bundle }
