import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { LaunchError } from "./launch-error.ts"

const _places = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
]

const find = (): string | undefined => {
  const named = process.env.CHROMIUM_PATH
  return [...(named === undefined ? [] : [named]), ..._places].find((place) => existsSync(place))
}

/** The browser of the browser tests. Root gets it installed; anybody else is told what to type. */
const Chromium = {
  ensure: (): string => {
    const found = find()
    if (found !== undefined) return found
    const isDebian = spawnSync("apt-get", ["--version"]).status === 0
    if (isDebian && process.getuid?.() === 0) {
      console.log("Installing Chromium for the browser tests (apt-get install chromium) ...")
      const options = {
        stdio: "inherit",
        env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" }
      } as const
      spawnSync("apt-get", ["update", "-q"], options)
      spawnSync("apt-get", ["install", "-yq", "--no-install-recommends", "chromium"], options)
    }
    const installed = find()
    if (installed !== undefined) return installed
    throw new LaunchError({
      message:
        "The browser tests need Chromium, and none was found.\n" +
        (isDebian
          ? "Type: sudo apt-get update && sudo apt-get install -y chromium"
          : "Install Chromium or Chrome and say where it is: CHROMIUM_PATH=/path/to/chromium npm test")
    })
  }
}

export { Chromium }
