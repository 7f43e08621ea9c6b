import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { request } from "node:http"
import { createRequire } from "node:module"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Readable } from "node:stream"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Ports } from "../scripts/launcher/ports.ts"
import { Processes } from "../scripts/launcher/processes.ts"
import { RunFile } from "../scripts/launcher/run-file.ts"
import { startPostgres } from "../scripts/postgres.ts"

const dataDir = mkdtempSync(join(tmpdir(), "tessera-launcher-"))
const program = fileURLToPath(new URL("./launcher-fixtures/start.ts", import.meta.url))
let port = 0
let launcher: Launched

interface Launched {
  readonly process: ChildProcess
  readonly output: () => string
  readonly exit: Promise<number | null>
}

const start = (at: number): Launched => {
  const child = spawn(process.execPath, ["--import", "tsx", program, dataDir, String(at)], { stdio: "pipe" })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk
    })
  }
  const exit = new Promise<number | null>((resolve) => child.on("exit", resolve))
  return { process: child, output: () => output, exit }
}

const until = async (what: string, holds: () => boolean | Promise<boolean>, millis = 20_000) => {
  const deadline = performance.now() + millis
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Not in time: ${what}\n${launcher?.output()}`)
    await delay(20)
  }
}

const ready = async (at: number): Promise<Launched> => {
  launcher = start(at)
  const started = launcher
  await until("the launcher is ready", () => started.output().includes("READY"))
  return started
}

const url = (path: string) => `http://127.0.0.1:${port}${path}`
const run = () => {
  const now = RunFile.read(dataDir)
  if (now === undefined) throw new Error("There is no run.json.")
  return now
}
const entryOf = (name: string) => {
  const entry = run().processes[name]
  if (entry === undefined) throw new Error(`run.json does not name ${name}.`)
  return entry
}

interface WhoAmI {
  readonly replica: string
  readonly pid: number
  readonly abandoned: number
  readonly headers: Record<string, string>
}
const whoami = async (headers: Record<string, string> = {}) =>
  (await (await fetch(url("/whoami"), { headers })).json()) as WhoAmI
const whoAnswers = async (requests: number) => {
  const names = new Set<string>()
  for (let i = 0; i < requests; i++) names.add((await whoami()).replica)
  return [...names].sort()
}
const all = ["replica-1", "replica-2", "replica-3"]

const setReady = (name: string, isReady: boolean) => {
  const file = join(dataDir, `unready-${name}`)
  if (isReady) rmSync(file, { force: true })
  else writeFileSync(file, "")
}

interface Socket {
  readonly once: (event: "open" | "close" | "error" | "message", listener: (data: unknown) => void) => void
  readonly send: (text: string) => void
  readonly close: () => void
}
const WebSocket = createRequire(import.meta.url)("ws") as new (url: string) => Socket

const openSocket = async () => {
  const socket = new WebSocket(url("/echo").replace("http", "ws"))
  const closed = new Promise((resolve) => socket.once("close", resolve))
  await new Promise((resolve, reject) => {
    socket.once("open", resolve)
    socket.once("error", reject)
  })
  const ask = (text: string) =>
    new Promise<string>((resolve) => {
      socket.once("message", (data) => resolve(String(data)))
      socket.send(text)
    })
  return { socket, closed, ask }
}

beforeAll(async () => {
  port = (await Ports.free(1))[0] ?? 0
  await ready(port)
}, 30_000)

afterAll(async () => {
  launcher.process.kill("SIGTERM")
  await launcher.exit
  rmSync(dataDir, { recursive: true, force: true })
}, 30_000)

describe("what the children get", () => {
  it("runs the migration as superuser and the demo data without, before anything else", () => {
    const steps = readFileSync(join(dataDir, "steps.txt"), "utf8").trim().split("\n")

    expect(steps).toEqual(["migrate superuser", "seed none"])
  })

  it("gives a replica its own ports and roles, and not the superuser", async () => {
    const env = (await (await fetch(url("/env"))).json()) as Record<string, string>

    expect(env.DATABASE_URL).toBeUndefined()
    expect(new URL(env.DATABASE_APP_URL ?? "").username).toBe("tessera_app")
    expect(new URL(env.DATABASE_INFRA_URL ?? "").username).toBe("tessera_infra")
    expect(new URL(env.DATABASE_INFRA_URL ?? "").pathname).toBe("/tessera")
    expect(env.SELF_URL).toBe(`http://127.0.0.1:${env.HTTP_PORT}`)
    expect(env.PUBLIC_URL).toBe(`http://localhost:${port}`)
    const allowed = (env.OUTBOUND_ALLOW ?? "").split(",")
    expect(allowed).toHaveLength(5)
    expect(allowed).toContain(env.SELF_URL)
    expect(allowed).toContain(env.SANDBOX_URL)
  })

  it("keeps passwords from other users of the machine", () => {
    const modes = ["secrets.json", "run.json"].map((name) => statSync(join(dataDir, name)).mode & 0o777)

    expect(modes).toEqual([0o600, 0o600])
  })

  it("echoes a child's warning and keeps its log", async () => {
    await fetch(url("/warn"))

    await until("the warning is echoed", () => /\[replica-\d\] .*look-here/.test(launcher.output()))
    const logs = all.map((name) => readFileSync(join(dataDir, "logs", `${name}.log`), "utf8")).join("")
    expect(logs).toContain("look-here")
  })
})

describe("balancer", () => {
  it("shares requests among the replicas and names the client and the request", async () => {
    const names = await whoAnswers(9)
    const made = await whoami({ "x-forwarded-for": "6.6.6.6" })
    const kept = await whoami({ "x-request-id": "mine" })

    expect(names).toEqual(all)
    expect(made.headers["x-forwarded-for"]).toBe("127.0.0.1")
    expect(made.headers["x-forwarded-host"]).toBe(`127.0.0.1:${port}`)
    expect(made.headers["x-forwarded-proto"]).toBe("http")
    expect(made.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/)
    expect(kept.headers["x-request-id"]).toBe("mine")
  })

  it("passes a request through whose body is larger than any buffer", async () => {
    const chunk = Buffer.alloc(1024 * 1024, 7)
    const body = Readable.from(Array.from({ length: 96 }, () => chunk))

    const response = await fetch(url("/upload"), {
      method: "POST",
      body: Readable.toWeb(body) as unknown as ReadableStream,
      duplex: "half"
    } as RequestInit)

    expect(await response.json()).toMatchObject({ bytes: 96 * chunk.length })
  })

  it("stops reading an upload that the replica does not read", async () => {
    const { pid } = await whoami()
    const frozen = all.find((name) => entryOf(name).pid === pid) ?? ""
    for (const name of all) setReady(name, name === frozen)
    await until("one replica is left", async () => (await whoAnswers(3)).length === 1)
    Processes.signal(pid, "SIGSTOP")
    const socket = connect(port, "127.0.0.1")
    socket.write(`POST /upload HTTP/1.1\r\nhost: x\r\ncontent-length: ${1 << 30}\r\n\r\n`)
    let sent = 0
    const chunk = Buffer.alloc(1024 * 1024)
    while (socket.write(chunk) || (await Promise.race([onceDrained(socket), delay(500, false)])))
      sent += chunk.length
    Processes.signal(pid, "SIGCONT")
    socket.destroy()
    for (const name of all) setReady(name, true)
    await until("all are back", async () => (await whoAnswers(6)).length === 3)

    expect(sent).toBeLessThan(64 * 1024 * 1024)
  })

  it("passes events on as they come, and a client's leaving, too", async () => {
    const before = (await Promise.all(all.map(() => whoami()))).reduce((sum, each) => sum + each.abandoned, 0)
    const gone = new AbortController()
    const response = await fetch(url("/events"), { signal: gone.signal })
    const first = await response.body?.getReader().read()
    gone.abort()

    expect(new TextDecoder().decode(first?.value)).toMatch(/^data: replica-\d\n\n$/)
    await until("the replica sees that the client left", async () => {
      const now = await Promise.all(all.map(() => whoami()))
      return now.reduce((sum, each) => sum + each.abandoned, 0) > before
    })
  })

  it("passes a WebSocket", async () => {
    const { ask, socket } = await openSocket()

    const answers = [await ask("one"), await ask("two")]

    expect(answers[0]).toMatch(/^replica-\d one$/)
    expect(answers[1]).toBe(answers[0]?.replace("one", "two"))
    socket.close()
  })

  it("passes on the refusal of a WebSocket", async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "x"
      }
      request(url("/echo"), { headers }, (response) => resolve(response.statusCode))
        .on("error", reject)
        .end()
    })

    expect(status).toBe(400)
  })

  it("sends nothing to a replica that is not ready, and uses it again once it is", async () => {
    setReady("replica-2", false)

    await until("replica-2 is out", async () => !(await whoAnswers(6)).includes("replica-2"))
    const without = await whoAnswers(9)
    setReady("replica-2", true)

    expect(without).toEqual(["replica-1", "replica-3"])
    await until("replica-2 is back", async () => (await whoAnswers(6)).includes("replica-2"))
  })

  it("answers 503 with a problem and a time to wait when nobody is ready", async () => {
    for (const name of all) setReady(name, false)
    let response = await fetch(url("/whoami"))
    await until("nobody is ready", async () => {
      response = await fetch(url("/whoami"))
      return response.status === 503
    })
    for (const name of all) setReady(name, true)

    expect(response.headers.get("content-type")).toBe("application/problem+json")
    expect(response.headers.get("retry-after")).toBe("1")
    expect(await response.json()).toMatchObject({ status: 503, code: "NoReplicaReady" })
    await until("all are back", async () => (await whoAnswers(6)).length === 3)
  })
})

describe("supervision", () => {
  it("starts a killed replica again after 5 s; its sockets close at once and no request is lost", async () => {
    const { ask, closed } = await openSocket()
    const name = (await ask("who")).split(" ")[0] ?? ""
    const before = entryOf(name)
    const killedAt = performance.now()

    Processes.signal(before.pid, "SIGKILL")
    await closed
    const closedAfter = performance.now() - killedAt
    // The balancer hears of each of its kept connections by itself, in one turn. What it sends over one before that is
    // under way when the replica dies: a 502, since nobody can know whether it was handled.
    await whoAnswers(3)
    const uploads = Array.from({ length: 12 }, () =>
      fetch(url("/upload"), { method: "POST", body: "x".repeat(100_000) })
    )
    const answers = await Promise.all(uploads.map(async (upload) => (await upload).json()))
    await until("it was started again", () => entryOf(name).restarts === 1 && entryOf(name).pid > 0)
    const restartedAfter = performance.now() - killedAt

    expect(closedAfter).toBeLessThan(1_000)
    for (const answer of answers) expect(answer).toMatchObject({ bytes: 100_000 })
    expect(restartedAfter).toBeGreaterThan(4_900)
    expect(restartedAfter).toBeLessThan(7_000)
    expect(entryOf(name)).toMatchObject({ httpPort: before.httpPort, runnerPort: before.runnerPort })
    await until("it gets requests again", async () => (await whoAnswers(6)).includes(name))
  }, 30_000)

  it("takes a frozen replica out, kills it and starts it again; the sandbox returns after 1 s", async () => {
    const { pid } = entryOf("replica-3")
    const sandbox = entryOf("sandbox").pid
    Processes.signal(sandbox, "SIGKILL")
    Processes.signal(pid, "SIGSTOP")

    await until("the sandbox is back", () => ![0, sandbox].includes(entryOf("sandbox").pid), 3_000)
    await until(
      "it is out of the rotation",
      async () => {
        const { replicas } = (await (await fetch(url("/__balancer"))).json()) as {
          replicas: Array<{ name: string; ready: boolean }>
        }
        return replicas.find((each) => each.name === "replica-3")?.ready === false
      },
      5_000
    )
    expect(Processes.isAlive(pid)).toBe(true)
    await until("it was killed", () => !Processes.isAlive(pid), 12_000)
    await until("its successor gets requests", async () => (await whoAnswers(6)).includes("replica-3"))

    expect(entryOf("replica-3").pid).not.toBe(pid)
    expect(launcher.output()).toContain("replica-3 ended (killed: no answer from")
  }, 40_000)

  it("starts PostgreSQL again when it dies", async () => {
    const before = run().postgres
    Processes.signal(before?.pid ?? 0, "SIGQUIT")

    await until("there is another one", () => run().postgres?.pid !== before?.pid)

    expect(run().postgres?.port).toBe(before?.port)
  }, 30_000)
})

describe("starting and stopping", () => {
  it("refuses a second start on the same data folder and leaves the first alone", async () => {
    const second = start((await Ports.free(1))[0] ?? 0)

    expect(await second.exit).toBe(1)
    expect(second.output()).toContain(
      `Tessera already runs from this data folder, at http://localhost:${port}`
    )
    expect(await whoAnswers(6)).toEqual(all)
  }, 20_000)

  it("after a SIGKILL of the launcher the next start removes the replicas and takes PostgreSQL over", async () => {
    const before = run()
    const orphans = all.map((name) => entryOf(name).pid)
    launcher.process.kill("SIGKILL")
    await launcher.exit
    expect(Processes.isAlive(before.postgres?.pid ?? 0)).toBe(true)

    await ready(port)

    expect(orphans.filter((pid) => Processes.isAlive(pid))).toEqual([])
    expect(run().postgres).toEqual(before.postgres)
    expect(launcher.output()).toContain(
      "Killed what an earlier run left behind: sandbox, replica-1, replica-2, replica-3"
    )
    expect(await whoAnswers(9)).toEqual(all)
  }, 30_000)

  it("leaves no process and no run.json after SIGTERM, though a client hangs on", async () => {
    const { closed } = await openSocket()
    const { postgres, processes } = run()
    const pids = [...Object.values(processes).map((entry) => entry.pid), postgres?.pid ?? 0]
    expect(pids.every((pid) => Processes.isAlive(pid))).toBe(true)

    launcher.process.kill("SIGTERM")

    expect(await launcher.exit).toBe(0)
    await closed
    expect(pids.filter((pid) => Processes.isAlive(pid))).toEqual([])
    expect(existsSync(join(dataDir, "run.json"))).toBe(false)
  }, 30_000)

  it("says which port is in use", async () => {
    const holder = await startPostgres({ dataDir: join(dataDir, "holder"), persistent: false })

    const second = start(holder.port)
    const code = await second.exit
    await holder.stop()

    expect(code).toBe(1)
    expect(second.output()).toContain(`Port ${holder.port} is in use`)
    expect(existsSync(holder.dataDir)).toBe(false)
  }, 30_000)
})

const onceDrained = (socket: ReturnType<typeof connect>) =>
  new Promise<boolean>((resolve) => socket.once("drain", () => resolve(true)))
