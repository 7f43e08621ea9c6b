import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { bundle } from "../../scripts/launcher/bundle.ts"
import { LastResort } from "../../scripts/launcher/last-resort.ts"
import { Paths } from "../../scripts/launcher/paths.ts"
import { startPostgres } from "../../scripts/postgres.ts"
import { BenchDatabases } from "../durability/bench-databases.ts"
import { Meter } from "./meter.ts"

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

/** A throw-away PostgreSQL with `fsync=on` and the program of a replica, for as long as `use` takes. */
const benchBed = async <A>(use: (bed: benchBed.Bed) => Promise<A>): Promise<A> => {
  const temporary = mkdtempSync(join(tmpdir(), "tessera-bench-"))
  const logs = join(folder, "logs")
  rmSync(logs, { recursive: true, force: true })
  mkdirSync(logs, { recursive: true })
  const postgres = await startPostgres({
    dataDir: join(temporary, "pg"),
    persistent: false,
    settings: { shared_preload_libraries: "pg_stat_statements" }
  })
  // A signal ends this process before the `finally` below has its turn.
  const onExit = () => {
    LastResort.fire()
    rmSync(temporary, { recursive: true, force: true })
  }
  process.once("exit", onExit)
  try {
    await bundle({ outdir: folder, entries: [["runner", "bench/runner-main.ts"]] })
    const meter = await Meter.of(postgres)
    return await use({ databases: new BenchDatabases(postgres), meter, logs, temporary })
  } finally {
    await postgres.stop()
    process.off("exit", onExit)
    rmSync(temporary, { recursive: true, force: true })
  }
}

export { benchBed }
