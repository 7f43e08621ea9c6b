import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { bundle } from "../../scripts/launcher/bundle.ts"
import { Paths } from "../../scripts/launcher/paths.ts"
import { Ports } from "../../scripts/launcher/ports.ts"

const folder = join(Paths.build, "bench")

/** `bench/bare-main.ts` as a process. */
class BareServer {
  readonly url: string
  private readonly child: ChildProcess

  private constructor(url: string, child: ChildProcess) {
    this.url = url
    this.child = child
  }

  static async start(): Promise<BareServer> {
    await bundle({ outdir: folder, entries: [["bare", "bench/bare-main.ts"]] })
    const [port = 0] = await Ports.free(1)
    const child = fork(join(folder, "bare.js"), [String(port)], {
      stdio: ["ignore", "inherit", "inherit", "ipc"]
    })
    await once(child, "message")
    return new BareServer(`http://127.0.0.1:${port}`, child)
  }

  /** When it began to send it, on the machine's monotonic clock. */
  async send(slug: string, event: object): Promise<number> {
    const response = await fetch(`${this.url}/${slug}`, { method: "POST", body: JSON.stringify(event) })
    return ((await response.json()) as { readonly at: number }).at
  }

  stop(): void {
    this.child.kill("SIGKILL")
  }
}

export { BareServer }
