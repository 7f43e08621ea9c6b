import { type ChaosCase } from "./chaos-case.ts"
import { ChaosFleet } from "./chaos-fleet.ts"

/** One fleet at a time: cases with the same settings share it, others get one of their own. */
class FleetPool {
  private readonly seed: number
  private readonly say: (line: string) => void
  private fleet: ChaosFleet | undefined
  private settings = ""

  constructor(seed: number, say: (line: string) => void) {
    this.seed = seed
    this.say = say
  }

  async of({ env = {} }: Pick<ChaosCase, "env">): Promise<ChaosFleet> {
    const settings = JSON.stringify(env)
    if (this.fleet !== undefined && settings !== this.settings) await this.stop()
    if (this.fleet === undefined) {
      const startedAt = performance.now()
      this.fleet = await ChaosFleet.start({ seed: this.seed, env, say: this.say })
      this.settings = settings
      this.say(`fleet: three replicas after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
    }
    return this.fleet
  }

  async stop(): Promise<void> {
    const { fleet } = this
    this.fleet = undefined
    await fleet?.stop()
  }
}

export { FleetPool }
