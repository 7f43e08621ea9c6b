import { Ports } from "../../scripts/launcher/ports.ts"
import { type ChaosFleet } from "../bed/chaos-fleet.ts"
import { type ChaosReplica } from "../bed/chaos-replica.ts"
import { FaultProxy } from "../bed/fault-proxy.ts"

/**
 * What stands between clients and replicas and can drop them: a proxy before each replica's HTTP port, and one before the
 * balancer. Who connects gets any of them, as a balancer would choose.
 */
class EventFront {
  private readonly replicas: ReadonlyMap<string, FaultProxy>
  private readonly proxies: ReadonlyArray<FaultProxy>
  readonly urls: ReadonlyArray<string>

  private constructor(
    replicas: ReadonlyMap<string, FaultProxy>,
    proxies: ReadonlyArray<FaultProxy>,
    urls: ReadonlyArray<string>
  ) {
    this.replicas = replicas
    this.proxies = proxies
    this.urls = urls
  }

  static async open(
    fleet: ChaosFleet,
    { isBalanced }: { readonly isBalanced: boolean }
  ): Promise<EventFront> {
    const targets = [...fleet.replicas.map(({ url }) => url), ...(isBalanced ? [fleet.url] : [])]
    const ports = await Ports.free(targets.length)
    const proxies = await Promise.all(
      targets.map((target, index) =>
        FaultProxy.listen({
          port: ports[index] ?? 0,
          target: Number(new URL(target).port),
          random: Math.random
        })
      )
    )
    const replicas = new Map(
      fleet.replicas.flatMap(({ name }, index) => {
        const proxy = proxies[index]
        return proxy === undefined ? [] : [[name, proxy] as const]
      })
    )
    return new EventFront(
      replicas,
      proxies,
      ports.map((port) => `http://127.0.0.1:${port}`)
    )
  }

  /** Breaks off what is open to this replica, or everything; how many connections that were. */
  drop(replica?: ChaosReplica): number {
    const chosen = replica === undefined ? this.proxies : [this.replicas.get(replica.name)]
    return chosen.reduce((sum, proxy) => sum + (proxy?.reset() ?? 0), 0)
  }

  async stop(): Promise<void> {
    await Promise.all(this.proxies.map((proxy) => proxy.stop()))
  }
}

export { EventFront }
