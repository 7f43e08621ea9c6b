import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { Paths } from "../../scripts/launcher/paths.ts"
import { Checker } from "../checker/checker.ts"
import { MomentSampler } from "../checker/moment-sampler.ts"
import { type Violation } from "../checker/violation.ts"
import { HistoryWriter } from "../history/history-writer.ts"
import { Workload } from "../workload/workload.ts"
import { type WorkloadOptions } from "../workload/workload-options.ts"
import { Bed } from "./bed.ts"
import { type ChaosCase } from "./chaos-case.ts"
import { chaosCrons } from "./chaos-crons.ts"
import { type ChaosFleet } from "./chaos-fleet.ts"
import { random } from "./random.ts"

declare namespace runCase {
  interface Options {
    readonly fleet: ChaosFleet
    readonly chaosCase: ChaosCase
    readonly seed: number
    readonly minutes?: number
    readonly say: (line: string) => void
  }
  interface Outcome {
    readonly id: string
    readonly seed: number
    readonly figures: ChaosCase.Figures
    /** What the case expected and did not see, an end that did not come, a program error. */
    readonly failures: ReadonlyArray<string>
    readonly violations: ReadonlyArray<Violation>
    readonly stats: WorkloadOptions.Stats
    /** How often the invariants of every moment were looked at, and what that cost. */
    readonly moments: MomentSampler.Stats
    readonly historyFile: string
    readonly seconds: number
  }
}

const drainMillis = 120_000

/** Load, fault, heal, drain, check. */
const runCase = async ({
  chaosCase,
  fleet,
  minutes,
  say,
  seed
}: runCase.Options): Promise<runCase.Outcome> => {
  const startedAt = performance.now()
  const folder = join(Paths.build, "chaos-history")
  mkdirSync(folder, { recursive: true })
  const historyFile = join(folder, `${chaosCase.id}-${seed}-${Date.now()}.ndjson`)
  const history = new HistoryWriter(historyFile)
  const databaseUrl = fleet.databaseUrl()
  // Of the two tenants one has most of its orders split.
  await fleet.sql(
    `INSERT INTO order_settings (tenant_id, parcel_units) SELECT id, 2 FROM tenants WHERE slug = 'globex'
     ON CONFLICT (tenant_id) DO UPDATE SET parcel_units = excluded.parcel_units`
  )
  const workload = await Workload.start({
    url: fleet.url,
    tenants: fleet.tenants(),
    seed,
    clients: 2,
    pauseMillis: 150,
    ...chaosCase.workload,
    history,
    databaseUrl
  })
  const sampler = chaosCase.isSampled === false ? undefined : MomentSampler.start({ databaseUrl })
  const bed = new Bed({ fleet, history, workload, random: random(seed), say })
  let figures: ChaosCase.Figures = {}
  let stats: WorkloadOptions.Stats | undefined
  try {
    figures = await chaosCase.run(bed).catch((error: Error) => {
      bed.failures.push(error.stack ?? error.message)
      return {}
    })
    await fleet.heal()
    await fleet.untilWhole().catch((error: Error) => void bed.failures.push(error.message))
    stats = await workload.stop()
    const drained = await workload.drain({ databaseUrl, millis: drainMillis })
    bed.expect(drained.isDrained, `not drained: ${drained.left.slice(0, 5).join("; ")}`)
    figures = { ...figures, drainMillis: Math.round(drained.millis) }
  } finally {
    await sampler?.stop()
    await workload.close()
    history.close()
  }
  const moments = sampler?.stats() ?? MomentSampler.none
  bed.expect(sampler === undefined || moments.samples > 0, `no moment was looked at: ${moments.lastError}`)
  const violations = await Checker.check({
    historyFile,
    databaseUrl,
    sandboxUrl: fleet.envOf("SANDBOX_URL"),
    receiverUrl: fleet.envOf("RECEIVER_URL"),
    receiverFile: join(fleet.dataDir, "receiver", "received.ndjson"),
    seed,
    case: chaosCase.id,
    ...(minutes === undefined ? {} : { minutes }),
    crons: chaosCrons,
    otherKeys: [bed.prefix],
    moments: sampler?.findings() ?? []
  })
  const seconds = Math.round((performance.now() - startedAt) / 1_000)
  say(`${chaosCase.id} ${bed.failures.length + violations.length === 0 ? "holds" : "FAILS"} (${seconds} s)`)
  return {
    id: chaosCase.id,
    seed,
    figures,
    failures: bed.failures,
    violations,
    stats,
    moments,
    historyFile,
    seconds
  }
}

export { runCase }
