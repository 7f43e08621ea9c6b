import { until } from "../../tests/support/until.ts"
import { type Bed } from "./bed.ts"
import { type ChaosReplica } from "./chaos-replica.ts"

interface Deploy {
  readonly replica: string
  readonly release: ChaosReplica.Release
  /** When the process before it had ended. */
  readonly at: number
}
interface Row {
  readonly replica: string
  readonly at: number
  /** Of the run's stored payload; null where it has none. */
  readonly version: number | null
}

declare namespace Deploys {
  /** Steps of sagas that one release took in a run that the other one began, while both were up. */
  interface Crossed {
    readonly newRunsOnOld: number
    readonly oldRunsOnNew: number
  }
}

/** Deploys of one release over the other, and what the two did with each other's sagas. */
class Deploys {
  private readonly bed: Bed
  private readonly all: Array<Deploy> = []
  private readonly mixed: Array<{ readonly from: number; readonly to: number }> = []

  constructor(bed: Bed) {
    this.bed = bed
  }

  /** Replica by replica, as a rolling deployment does; `meanwhile` while both releases are up, with how many it is done. */
  async roll(release: ChaosReplica.Release, meanwhile: (done: number) => Promise<void>): Promise<void> {
    const { fleet } = this.bed
    const ended: Array<number> = []
    for (const replica of fleet.replicas) {
      replica.release = release
      const { name } = replica
      const { reason } = await this.bed.fault("deploy", { replica: name, release }, () => replica.terminate())
      this.bed.expect(reason === "code 0", `${name} left with ${reason}`)
      ended.push(Date.now())
      this.all.push({ replica: name, release, at: Date.now() })
      await until(`${name} is ready again`, replica.isReady, 60_000, 100)
      await this.bed.untilWhole()
      if (replica !== fleet.replicas.at(-1)) await meanwhile(ended.length)
    }
    this.mixed.push({ from: Math.min(...ended), to: Math.max(...ended) })
  }

  /** That there were replicas of both releases then. */
  wasMixed(at: number): boolean {
    return this.mixed.some(({ from, to }) => from <= at && at <= to)
  }

  /** Of all sagas of both tenants, the load's too. */
  async crossed(): Promise<Deploys.Crossed> {
    const rows = await this.bed.fleet.sql<Row>(
      `SELECT s.replica, extract(epoch FROM s.started_at)::float8 * 1000 AS at,
         (m.payload::jsonb ->> 'version')::int AS version
       FROM saga_steps s JOIN cluster.cluster_messages m ON m.kind = 0 AND m.tag = 'run'
         AND m.entity_type = 'Workflow/' || s.saga
         AND (m.payload::jsonb #>> '{subject,id}') || '/' || (m.payload::jsonb #>> '{subject,run}') = s.key
       WHERE s.started_at >= to_timestamp($1)`,
      [(this.mixed[0]?.from ?? 0) / 1_000]
    )
    const meanwhile = rows.filter(({ at }) => this.wasMixed(at))
    const count = (version: number | null, release: ChaosReplica.Release) =>
      meanwhile.filter((row) => row.version === version && this.releaseOf(row) === release).length
    return { newRunsOnOld: count(2, "this"), oldRunsOnNew: count(null, "next") }
  }

  private releaseOf({ at, replica }: Row): ChaosReplica.Release {
    return this.all.findLast((deploy) => deploy.replica === replica && deploy.at <= at)?.release ?? "this"
  }
}

export { Deploys }
