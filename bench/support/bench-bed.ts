import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { bundle } from "../../scripts/launcher/bundle.ts"
import { Paths } from "../../scripts/launcher/paths.ts"
import { BenchDatabases } from "../durability/bench-databases.ts"
import { Meter } from "./meter.ts"
import { temporaryPostgres } from "./temporary-postgres.ts"

declare namespace benchBed {
  interface Bed {
    readonly databases: BenchDatabases
    readonly meter: Meter
    /** What the processes say goes there; empty at first, and it stays. */
    readonly logs: string
    /** Gone at the end. */
    readonly temporary: string
  }
}

const folder = join(Paths.build, "bench")

/** A throw-away PostgreSQL and the program of a replica, for as long as `use` takes. */
const benchBed = <A>(use: (bed: benchBed.Bed) => Promise<A>): Promise<A> =>
  temporaryPostgres(async (postgres, temporary) => {
    const logs = join(folder, "logs")
    rmSync(logs, { recursive: true, force: true })
    mkdirSync(logs, { recursive: true })
    await bundle({ outdir: folder, entries: [["runner", "bench/runner-main.ts"]] })
    const meter = await Meter.of(postgres)
    return use({ databases: new BenchDatabases(postgres), meter, logs, temporary })
  })

export { benchBed }
