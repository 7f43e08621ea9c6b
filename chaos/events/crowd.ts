import { type ChildProcess, fork } from "node:child_process"
import { join } from "node:path"
import { Paths } from "../../scripts/launcher/paths.ts"
import { type CrowdCommand } from "./crowd-command.ts"

const answerMillis = 120_000

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/**
 * Many subscribers in a process of their own (`chaos/crowd-main.ts`), so that what they cost is not measured as the product's.
 * Node raises its own limit of descriptors to what the system allows it.
 */
class Crowd {
  private readonly child: ChildProcess
  private readonly waiting = new Map<number, Waiting>()
  private asked = 0

  constructor() {
    this.child = fork(join(Paths.build, "chaos", "crowd.js"), {
      stdio: ["ignore", "inherit", "inherit", "ipc"]
    })
    this.child.on("message", (reply: CrowdCommand.Reply) => {
      const one = this.waiting.get(reply.id)
      this.waiting.delete(reply.id)
      if (reply.error === undefined) one?.resolve(reply.value)
      else one?.reject(new Error(reply.error))
    })
    this.child.on("exit", (code) => {
      for (const { reject } of this.waiting.values()) reject(new Error(`The crowd ended with ${code}.`))
      this.waiting.clear()
    })
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  /** Returns when all are connected. */
  open(options: Omit<CrowdCommand.Open, "do">): Promise<unknown> {
    return this.ask({ do: "open", ...options })
  }

  pause(group: string): Promise<unknown> {
    return this.ask({ do: "pause", group })
  }

  close(group: string): Promise<unknown> {
    return this.ask({ do: "close", group })
  }

  async count(group: string): Promise<CrowdCommand.Count> {
    return (await this.ask({ do: "count", group })) as CrowdCommand.Count
  }

  async take(group: string): Promise<CrowdCommand.Arrivals> {
    return (await this.ask({ do: "take", group })) as CrowdCommand.Arrivals
  }

  /** Processor time so far, in milliseconds. */
  async processorMillis(): Promise<number> {
    return (await this.ask({ do: "usage" })) as number
  }

  stop(): void {
    this.child.kill("SIGKILL")
  }

  private ask(command: CrowdCommand): Promise<unknown> {
    this.asked += 1
    const id = this.asked
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id)
        reject(new Error(`The crowd did not answer ${JSON.stringify(command).slice(0, 200)}.`))
      }, answerMillis)
      this.waiting.set(id, {
        resolve: (value) => {
          clearTimeout(timer)
          resolve(value)
        },
        reject: (error) => {
          clearTimeout(timer)
          reject(error)
        }
      })
      this.child.send({ id, command } satisfies CrowdCommand.Message)
    })
  }
}

export { Crowd }
