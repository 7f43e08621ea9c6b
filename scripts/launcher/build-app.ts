import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { bundle } from "./bundle.ts"
import { LaunchError } from "./launch-error.ts"
import { Paths } from "./paths.ts"

interface Part {
  readonly name: "api" | "web"
  /** Files and folders whose content decides whether the part is built again. */
  readonly sources: ReadonlyArray<string>
  /** Undefined while the clone has no such part. */
  readonly make: (() => Promise<void>) | undefined
}

/** Name of the bundle below `.build/api` and the program it starts at. */
const _entries: Readonly<Record<string, string>> = {
  main: "apps/api/src/main.ts",
  migrate: "apps/api/src/migrate-main.ts",
  seed: "apps/api/src/seed-main.ts",
  verify: "apps/api/src/verify-main.ts",
  "parse-worker": "packages/infra/src/workers/parse-worker.ts",
  sandbox: "apps/api/sandbox/provider-main.ts",
  receiver: "apps/api/sandbox/receiver-main.ts"
}

const _common = [
  "packages",
  "package.json",
  "package-lock.json",
  "tsconfig.base.json",
  "scripts/launcher/build-app.ts",
  "scripts/launcher/bundle.ts"
]
const _skipped = /(^|\/)(node_modules|\.build|dist)(\/|$)|\.test\.tsx?$|\.tsbuildinfo$/

/**
 * Builds `.build/api/*.js` and `.build/web`, each only if the content of its sources changed since the last build.
 * `say` gets one line per part that is built. Rejects with a LaunchError when a part does not build.
 */
const buildApp = async (
  say: (line: string) => void,
  options: { readonly force?: boolean } = {}
): Promise<void> => {
  for (const part of parts()) {
    const hashFile = join(Paths.build, `hash-${part.name}.json`)
    const hash = contentHash(part.sources)
    const known = existsSync(hashFile)
      ? (JSON.parse(readFileSync(hashFile, "utf8")) as { hash?: string }).hash
      : undefined
    if (part.make === undefined) say(`There is no ${part.name} to build yet`)
    else if (options.force === true || known !== hash || !existsSync(join(Paths.build, part.name))) {
      const startedAt = performance.now()
      // Removed first: a build that breaks off must not pass for a finished one.
      rmSync(hashFile, { force: true })
      await part.make()
      mkdirSync(Paths.build, { recursive: true })
      writeFileSync(hashFile, `${JSON.stringify({ hash })}\n`)
      say(`Built ${part.name} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
    }
  }
}

const parts = (): ReadonlyArray<Part> => {
  const entries = Object.entries(_entries).filter(([, file]) => existsSync(Paths.inRepo(file)))
  return [
    {
      name: "api",
      sources: [..._common, "apps/api"],
      make: entries.length === 0 ? undefined : () => makeApi(entries)
    },
    {
      name: "web",
      sources: [..._common, "apps/web"],
      make: existsSync(Paths.inRepo("apps/web/src/main.tsx")) ? makeWeb : undefined
    }
  ]
}

const makeApi = (entries: ReadonlyArray<readonly [string, string]>) =>
  bundle({ outdir: join(Paths.build, "api"), entries })

const makeWeb = async () => {
  const done = spawnSync(
    process.execPath,
    [
      Paths.inRepo("node_modules/vite/bin/vite.js"),
      "build",
      "--outDir",
      Paths.web,
      "--emptyOutDir",
      "--logLevel",
      "warn"
    ],
    { cwd: Paths.inRepo("apps/web"), encoding: "utf8", env: { ...process.env, NODE_ENV: "production" } }
  )
  if (done.status !== 0)
    throw new LaunchError({ message: `The web app does not build.\n${done.stdout}${done.stderr}` })
}

const contentHash = (sources: ReadonlyArray<string>): string => {
  const hash = createHash("sha256")
  hash.update(process.version)
  for (const file of sources.flatMap((source) => filesBelow(Paths.inRepo(source))).sort()) {
    hash.update(relative(Paths.repo, file)).update("\0").update(readFileSync(file)).update("\0")
  }
  return hash.digest("hex")
}

const filesBelow = (path: string): ReadonlyArray<string> => {
  if (_skipped.test(relative(Paths.repo, path)) || !existsSync(path)) return []
  return statSync(path).isDirectory()
    ? readdirSync(path).flatMap((name) => filesBelow(join(path, name)))
    : [path]
}

export { buildApp }
