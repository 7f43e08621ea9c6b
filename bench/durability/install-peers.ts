import { execFile } from "node:child_process"
import { existsSync, readFileSync, statSync } from "node:fs"
import { promisify } from "node:util"
import { Paths } from "../../scripts/launcher/paths.ts"

const isCurrent = (folder: string) => {
  const installed = `${folder}/node_modules/.package-lock.json`
  return (
    existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${folder}/package-lock.json`).mtimeMs
  )
}

/** The peers as their lock file has them, with their versions; undefined when they cannot be installed, as offline. */
const installPeers = async (
  say: (line: string) => void
): Promise<Readonly<Record<string, string>> | undefined> => {
  const folder = Paths.inRepo("bench", "peers")
  try {
    if (!isCurrent(folder)) {
      say("  installing the peers (npm ci --prefix bench/peers)")
      await promisify(execFile)("npm", ["ci", "--prefix", folder, "--no-audit", "--no-fund"])
    }
    const { dependencies } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as {
      readonly dependencies: Readonly<Record<string, string>>
    }
    return dependencies
  } catch (error) {
    say(`  the peers cannot be installed: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

export { installPeers }
