import { type ChildProcess, fork } from "node:child_process"
import { closeSync, openSync } from "node:fs"
import { LastResort } from "../../scripts/launcher/last-resort.ts"
import { Processes } from "../../scripts/launcher/processes.ts"
import { until } from "../../tests/support/until.ts"
import { type Protocol } from "./protocol.ts"

declare namespace Contender {
  interface Program {
    readonly file: string
    readonly args?: ReadonlyArray<string>
    readonly execArgv: ReadonlyArray<string>
    readonly env: Readonly<Record<string, string>>
  }
  interface Options {
    readonly name: string
    readonly programs: ReadonlyArray<Contender.Program>
    readonly log: string
  }
}

const bootMillis = 40_000
const answerMillis = 120_000
const leaveMillis = 8_000

/** One process of a contender, asked over its IPC channel. */
class Member {
  private readonly child: ChildProcess
  private readonly waiting = new Map<number, (answer: Protocol.Answer) => void>()
  private asked = 0
  private isReady = false
  private ending: string | undefined

  constructor({ args = [], env, execArgv, file }: Contender.Program, log: string) {
    const output = openSync(log, "a", 0o600)
    this.child = fork(file, [...args], {
      execArgv: [...execArgv],
      env: { ...process.env, ...env },
      detached: true,
      stdio: ["ignore", output, output, "ipc"]
    })
    closeSync(output)
    if (this.child.pid !== undefined) LastResort.add(this.child.pid, "SIGKILL")
    this.child.on("message", (answer: Protocol.Answer) => {
      if ("ready" in answer) this.isReady = true
      else this.waiting.get(answer.id)?.(answer)
    })
    this.child.on("exit", (code, signal) => this.end(`${file} ended (${signal ?? code}), see ${log}`))
    this.child.on("error", (error) => this.end(error.message))
  }

  async untilReady(): Promise<void> {
    const isUp = () => {
      if (this.ending !== undefined) throw new Error(this.ending)
      return this.isReady
    }
    await until("a process of the bench is up", isUp, bootMillis, 20)
  }

  async ask<Answer>(question: Protocol.Question): Promise<Answer> {
    if (this.ending !== undefined) throw new Error(this.ending)
    const id = this.asked++
    const answer = await new Promise<Protocol.Answer>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`No answer to ${question.ask}.`)), answerMillis)
      this.waiting.set(id, (given) => {
        clearTimeout(timer)
        resolve(given)
      })
      this.child.send({ id, question } satisfies Protocol.Asked)
    })
    this.waiting.delete(id)
    if ("error" in answer) throw new Error(answer.error)
    return ("answer" in answer ? answer.answer : undefined) as Answer
  }

  async stop(): Promise<void> {
    const { pid } = this.child
    if (pid === undefined) return
    Processes.signal(pid, "SIGTERM")
    if (!(await Processes.waitForExit(pid, leaveMillis))) Processes.signalGroup(pid, "SIGKILL")
    LastResort.remove(pid)
  }

  private end(reason: string): void {
    this.ending = reason
    for (const [id, settle] of this.waiting) settle({ id, error: reason })
  }
}

const sum = (values: ReadonlyArray<number>) => values.reduce((one, other) => one + other, 0)

/** Whoever takes part in the bench: processes of one kind on one database, which all work. */
class Contender {
  readonly name: string
  private readonly members: Array<Member> = []

  private constructor(name: string) {
    this.name = name
  }

  /** Returns when its processes can take all of the work between them. */
  static async start({ log, name, programs }: Contender.Options): Promise<Contender> {
    const contender = new Contender(name)
    try {
      for (const program of programs) {
        const member = new Member(program, log)
        contender.members.push(member)
        // One after the other, because several peers create their tables when they boot.
        await member.untilReady()
      }
      await until(`${name} is whole`, () => contender.isWhole(), bootMillis)
    } catch (error) {
      await contender.stop()
      throw error
    }
    return contender
  }

  /** The first so many members submit, each its part; at a rate the first alone. */
  async drive(load: Omit<Protocol.Drive, "ask" | "from">, submitters: number): Promise<Protocol.Drove> {
    const drivers = this.members.slice(0, load.perSecond === undefined ? submitters : 1)
    const part = (total: number, index: number) =>
      Math.floor((total * (index + 1)) / drivers.length) - Math.floor((total * index) / drivers.length)
    const drove = await Promise.all(
      drivers.map((member, index) =>
        member.ask<Protocol.Drove>({
          ...load,
          ask: "drive",
          from: Math.floor((load.count * index) / drivers.length),
          count: part(load.count, index),
          inFlight: Math.max(1, part(load.inFlight, index))
        })
      )
    )
    const error = drove.find((each) => each.error !== undefined)?.error
    return {
      failed: sum(drove.map(({ failed }) => failed)),
      ...(error === undefined ? {} : { error }),
      startedAt: Math.min(...drove.map(({ startedAt }) => startedAt)),
      endedAt: Math.max(...drove.map(({ endedAt }) => endedAt)),
      roundTrips: drove.flatMap(({ roundTrips }) => roundTrips)
    }
  }

  async seen(tag: string, withWaits = false): Promise<Protocol.Seen> {
    const all = await Promise.all(
      this.members.map((member) => member.ask<Protocol.Seen>({ ask: "seen", tag, withWaits }))
    )
    return {
      total: sum(all.map(({ total }) => total)),
      distinct: sum(all.map(({ distinct }) => distinct)),
      lastAt: Math.max(...all.map(({ lastAt }) => lastAt)),
      waits: all.flatMap(({ waits }) => waits)
    }
  }

  async cpuMillis(): Promise<number> {
    return sum((await this.vitals()).map(({ cpuMillis }) => cpuMillis))
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()))
  }

  private vitals() {
    return Promise.all(this.members.map((member) => member.ask<Protocol.Vitals>({ ask: "vitals" })))
  }

  private async isWhole(): Promise<boolean> {
    const shares = (await this.vitals()).map(({ share }) => share)
    return shares.every((share) => share > 0) && Math.abs(sum(shares) - 1) < 0.001
  }
}

export { Contender }
