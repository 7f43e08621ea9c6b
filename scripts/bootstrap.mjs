// Runs `scripts/<command>.ts` on a fresh clone: plain Node, no dependency, because it installs the dependencies.
import { spawn } from "node:child_process"
import { existsSync, statSync } from "node:fs"
import { constants } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const repo = dirname(dirname(fileURLToPath(import.meta.url)))
const commands = ["start", "dev", "build", "reset", "test", "verify", "load", "chaos", "bench"]
const oldestNode = [20, 19]

const fail = (message) => {
  console.error(`\n  ${message}\n`)
  process.exit(1)
}

const checkNode = () => {
  const [major, minor] = process.versions.node.split(".").map(Number)
  const tooOld = major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])
  if (tooOld) {
    fail(
      `Tessera needs Node ${oldestNode.join(".")} or newer; this is ${process.versions.node}.\n` +
        "  Install a current one from https://nodejs.org (or: nvm install 22), then run the command again."
    )
  }
}

// npm writes node_modules/.package-lock.json last, so a broken-off install counts as missing.
const installIsStale = () => {
  const installed = join(repo, "node_modules", ".package-lock.json")
  return (
    !existsSync(installed) || statSync(installed).mtimeMs < statSync(join(repo, "package-lock.json")).mtimeMs
  )
}

// npm passes SIGTERM to the shell between it and us, and a shell dies without passing it on: then we get a new parent.
const watchNpm = (onGone) => {
  const parent = process.ppid
  if (process.env.npm_lifecycle_event === undefined) return undefined
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    onGone()
  }, 300)
  return watch
}

const run = (file, args, options) =>
  new Promise((resolve) => {
    const child = spawn(file, args, { cwd: repo, stdio: "inherit", ...options })
    const forwarded = ["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => {
      const forward = () => child.kill(signal)
      process.on(signal, forward)
      return () => process.off(signal, forward)
    })
    const watch = watchNpm(() => child.kill("SIGTERM"))
    child.on("error", (error) => fail(`Could not run ${file}: ${error.message}`))
    child.on("exit", (code, signal) => {
      clearInterval(watch)
      for (const off of forwarded) off()
      resolve(code ?? 128 + constants.signals[signal])
    })
  })

const install = async () => {
  console.log("Installing dependencies (npm ci) ...")
  // NODE_ENV=production in the caller's shell would leave out the tools this very command needs.
  const args = ["ci", "--include=dev", "--no-audit", "--no-fund"]
  const npmCli = process.env.npm_execpath
  const code =
    npmCli !== undefined && /npm-cli\.c?js$/.test(npmCli)
      ? await run(process.execPath, [npmCli, ...args])
      : await run("npm", args, { shell: process.platform === "win32" })
  if (code !== 0) fail("npm ci failed (its message is above). Nothing was started.")
}

checkNode()
const [command, ...args] = process.argv.slice(2)
if (!commands.includes(command)) fail(`Usage: node scripts/bootstrap.mjs ${commands.join("|")} [arguments]`)
if (installIsStale()) await install()
const tsx = import.meta.resolve("tsx")
const script = join(repo, "scripts", `${command}.ts`)
// The extra "ipc" channel closes when this process dies, which tells the script to stop even after a SIGKILL.
process.exit(
  await run(process.execPath, ["--import", tsx, script, ...args], {
    stdio: ["inherit", "inherit", "inherit", "ipc"]
  })
)
