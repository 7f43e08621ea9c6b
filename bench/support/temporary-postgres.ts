import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { LastResort } from "../../scripts/launcher/last-resort.ts"
import { type Postgres, startPostgres } from "../../scripts/postgres.ts"

/** A throw-away PostgreSQL with `fsync=on`, and a folder that goes with it, for as long as `use` takes. */
const temporaryPostgres = async <A>(use: (postgres: Postgres, folder: string) => Promise<A>): Promise<A> => {
  const folder = mkdtempSync(join(tmpdir(), "tessera-bench-"))
  const postgres = await startPostgres({
    dataDir: join(folder, "pg"),
    persistent: false,
    settings: { shared_preload_libraries: "pg_stat_statements" }
  })
  // A signal ends this process before the `finally` below has its turn.
  const onExit = () => {
    LastResort.fire()
    rmSync(folder, { recursive: true, force: true })
  }
  process.once("exit", onExit)
  try {
    return await use(postgres, folder)
  } finally {
    await postgres.stop()
    process.off("exit", onExit)
    rmSync(folder, { recursive: true, force: true })
  }
}

export { temporaryPostgres }
