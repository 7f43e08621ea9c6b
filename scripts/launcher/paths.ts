import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const _repo = fileURLToPath(new URL("../../", import.meta.url)).replace(/[/\\]$/, "")

/** Where things are. `DATA_DIR` moves everything that is written while running; builds stay in the clone. */
const Paths = {
  repo: _repo,
  build: join(_repo, ".build"),
  web: join(_repo, ".build", "web"),
  inRepo: (...parts: ReadonlyArray<string>) => join(_repo, ...parts),
  dataDir: () => resolve(_repo, process.env.DATA_DIR ?? ".data")
}

export { Paths }
