import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"

/** The first start builds, makes the database and seeds it. */
const startMillis = 240_000
/** Replicas drain, then PostgreSQL closes. */
const stopMillis = 60_000

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  return address !== null && typeof address === "object" ? address.port : 0
}

const isReady = (url: string): Promise<boolean> =>
  fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) }).then(
    (response) => response.ok,
    () => false
  )

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null

const stop = async (child: ChildProcess): Promise<void> => {
  if (hasEnded(child)) return
  const ended = once(child, "exit")
  child.kill("SIGTERM")
  const inTime = await Promise.race([ended.then(() => true), delay(stopMillis, false, { ref: false })])
  if (inTime) return
  child.kill("SIGKILL")
  await ended
  throw new Error(`npm start did not end within ${stopMillis / 1_000} s of SIGTERM`)
}

/**
 * Starts the product as `npm start` does, on a folder and a port of its own. The journeys read `E2E_URL` and
 * `E2E_DATA_DIR` (its `demo.json` has the logins). What is returned is the teardown. With `E2E_URL` and
 * `E2E_DATA_DIR` already set, a product that runs is used and left alone.
 */
const globalSetup = async (): Promise<() => Promise<void>> => {
  if (process.env.E2E_URL !== undefined && process.env.E2E_DATA_DIR !== undefined) return async () => {}

  const folder = mkdtempSync(join(tmpdir(), "tessera-e2e-"))
  const dataDir = join(folder, "data")
  const logFile = join(folder, "start.log")
  const port = await freePort()
  const url = `http://localhost:${port}`
  const child = spawn(process.execPath, ["scripts/bootstrap.mjs", "start"], {
    env: { ...process.env, DATA_DIR: dataDir, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"]
  })
  const log = createWriteStream(logFile)
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })

  const deadline = performance.now() + startMillis
  while (!(existsSync(join(dataDir, "demo.json")) && (await isReady(url)))) {
    const why = hasEnded(child) ? "ended" : performance.now() > deadline ? "was not ready in time" : undefined
    if (why !== undefined) {
      await stop(child).catch(() => {})
      const lastLines = readFileSync(logFile, "utf8").split("\n").slice(-30).join("\n")
      rmSync(folder, { recursive: true, force: true })
      throw new Error(`npm start ${why}:\n${lastLines}`)
    }
    await delay(250)
  }
  process.env.E2E_URL = url
  process.env.E2E_DATA_DIR = dataDir

  return async () => {
    await stop(child)
    rmSync(folder, { recursive: true, force: true })
  }
}

export default globalSetup
