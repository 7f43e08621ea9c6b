import { type ChaosFleet } from "../../chaos/bed/chaos-fleet.ts"
import { type ChaosReplica } from "../../chaos/bed/chaos-replica.ts"
import { atRate } from "./at-rate.ts"
import { Samples } from "./samples.ts"

declare namespace ClusterCalls {
  type Kind = "volatile" | "persisted"
  interface Series {
    readonly samples: Samples
    readonly failed: number
  }
}

const perSecond = 50
const candidates = 60

/** Requests to probe entities, asked on replica 1 and timed there, so that the caller's own HTTP does not count. */
class ClusterCalls {
  private readonly caller: ChaosReplica
  private readonly remote: ReadonlyArray<string>
  private readonly local: ReadonlyArray<string>
  private sent = 0

  private constructor(caller: ChaosReplica, remote: ReadonlyArray<string>, local: ReadonlyArray<string>) {
    this.caller = caller
    this.remote = remote
    this.local = local
  }

  /** Finds out which of some entities live where. */
  static async on(fleet: ChaosFleet): Promise<ClusterCalls> {
    const caller = fleet.replica(1)
    const ids = Array.from({ length: candidates }, (_, index) => `bench-${index}`)
    const owners = await Promise.all(
      ids.map(
        async (id) => (await caller.json<ChaosReplica.Answer>(`/chaos/ask?id=${id}`, "GET", 10_000)).replica
      )
    )
    const ofOwner = (isLocal: boolean) =>
      ids.filter((_, index) => (owners[index] === caller.name) === isLocal)
    return new ClusterCalls(caller, ofOwner(false), ofOwner(true))
  }

  async series(
    kind: ClusterCalls.Kind,
    where: "remote" | "local",
    seconds: number
  ): Promise<ClusterCalls.Series> {
    const ids = this[where]
    const { failed, results } = await atRate(perSecond, seconds, async (index) => {
      const id = ids[index % ids.length] ?? ""
      const key = kind === "volatile" ? "" : `&key=${process.pid}-${this.sent++}`
      const answer = await this.caller.json<ChaosReplica.Answer>(`/chaos/ask?id=${id}${key}`, "GET", 30_000)
      if (answer.error !== undefined) throw new Error(answer.error)
      return answer.millis
    })
    return { samples: new Samples(results), failed }
  }
}

export { ClusterCalls }
