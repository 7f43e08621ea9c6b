import { type Bed } from "./bed.ts"
import { type ChaosReplica } from "./chaos-replica.ts"

declare namespace randomDeaths {
  interface Options {
    readonly isOver: () => boolean
    /** No more than so many: a fleet that is always starting again is another question. */
    readonly most: number
    /** Between two deaths: a replica needs ten seconds to be back with its part of the work. */
    readonly pauseMillis?: { readonly least: number; readonly most: number }
    /** How it is killed; SIGKILL at once when absent. */
    readonly kill?: (victim: ChaosReplica) => Promise<void>
  }
}

/** SIGKILL of whatever replica the seed picks, again and again until the work is over; how many died. */
const randomDeaths = async (
  bed: Bed,
  {
    isOver,
    kill = (victim) => bed.fault("SIGKILL", { replica: victim.name }, () => victim.kill()),
    most,
    pauseMillis = { least: 8_000, most: 16_000 }
  }: randomDeaths.Options
): Promise<number> => {
  let count = 0
  while (!isOver() && count < most) {
    await bed.quiet(pauseMillis.least + bed.random() * (pauseMillis.most - pauseMillis.least))
    const victim = bed.pick(bed.fleet.replicas)
    if (victim.pid <= 0 || isOver()) continue
    await kill(victim)
    count += 1
  }
  return count
}

export { randomDeaths }
