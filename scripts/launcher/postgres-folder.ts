import { spawnSync } from "node:child_process"
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { tmpdir, userInfo } from "node:os"
import { dirname, join } from "node:path"
import { LaunchError } from "./launch-error.ts"
import { PostgresBinaries } from "./postgres-binaries.ts"

declare namespace PostgresFolder {
  interface Account {
    readonly uid: number
    readonly gid: number
  }
  interface Options {
    readonly binaries: string
    readonly account: Account | undefined
    readonly folder: string
    readonly password: string
    readonly quick: boolean
  }
}

const _majorVersion = "18"
/** Beside a folder outside the clone: the path that it stands for. */
const _standsFor = "stands-for.txt"

/** The data folder of one PostgreSQL server: where it can be, whose it is, and how it comes to be. */
const PostgresFolder = {
  /** `wanted`, or its stand-in outside the clone when `account` cannot enter the parent of `wanted`. */
  locate: (wanted: string, account: PostgresFolder.Account | undefined): string => {
    mkdirSync(dirname(wanted), { recursive: true })
    if (account === undefined || existsSync(join(wanted, "PG_VERSION"))) return wanted
    const entered = spawnSync("/bin/sh", ["-c", 'cd -- "$1"', "sh", dirname(wanted)], {
      ...account,
      cwd: "/"
    })
    if (entered.status === 0) return wanted
    const home = PostgresBinaries.outside(wanted)
    mkdirSync(home, { recursive: true, mode: 0o755 })
    writeFileSync(join(home, _standsFor), wanted)
    removeOrphans(dirname(home))
    return join(home, "pg")
  },

  /** Refuses a folder that another user filled, before anything in it is read. */
  refuseForeign: (folder: string, account: PostgresFolder.Account | undefined): void => {
    const self = account?.uid ?? userInfo().uid
    if (!existsSync(folder) || self === -1) return
    const owner = statSync(folder).uid
    if (owner === self || isEmpty(folder)) return
    throw new LaunchError({
      message:
        `The database folder ${folder} belongs to ${userName(owner)}, but PostgreSQL would run as ` +
        `${userName(self)}, which cannot use it.\n` +
        "Run the command as the user who created it, or set DATA_DIR to another folder, or delete it (npm run reset)."
    })
  },

  /** Creates the folder if there is none; refuses one that this server could not use, saying what to do. */
  prepare: (options: PostgresFolder.Options): { readonly created: boolean } => {
    const { folder } = options
    if (!existsSync(join(folder, "PG_VERSION"))) {
      if (existsSync(folder) && !isEmpty(folder)) {
        throw new LaunchError({
          message: `${folder} is not empty and not a PostgreSQL folder. Set DATA_DIR to another one.`
        })
      }
      create(options)
      return { created: true }
    }
    refuseOtherVersion(folder)
    return { created: false }
  }
}

const refuseOtherVersion = (folder: string) => {
  const version = readFileSync(join(folder, "PG_VERSION"), "utf8").trim()
  if (version !== _majorVersion) {
    throw new LaunchError({
      message:
        `The database folder ${folder} was written by PostgreSQL ${version}; this is ${_majorVersion}.\n` +
        "Dump and restore it, or start afresh with npm run reset."
    })
  }
}

// A folder that cannot be listed is somebody's, so it is not empty.
const isEmpty = (folder: string): boolean => {
  try {
    return readdirSync(folder).length === 0
  } catch {
    return false
  }
}

// Whoever deletes a temporary folder does not know of its stand-in. Other folders may only be unmounted, so they stay.
const removeOrphans = (homes: string) => {
  for (const name of readdirSync(homes)) {
    const note = join(homes, name, _standsFor)
    const wanted = existsSync(note) ? readFileSync(note, "utf8") : ""
    const isOrphan = wanted.startsWith(tmpdir()) && !existsSync(dirname(wanted))
    const mayRun = existsSync(join(homes, name, "pg", "postmaster.pid"))
    if (isOrphan && !mayRun) rmSync(join(homes, name), { recursive: true, force: true })
  }
}

const userName = (uid: number): string => {
  const found = spawnSync("id", ["-nu", String(uid)], { encoding: "utf8" })
  return found.status === 0 ? `${found.stdout.trim()} (${uid})` : String(uid)
}

// initdb writes PG_VERSION early, so it works in a folder of another name: the rename is what makes it count.
const create = ({ account, binaries, folder, password, quick }: PostgresFolder.Options) => {
  const half = `${folder}.creating`
  const passwordFile = `${folder}.password`
  rmSync(half, { recursive: true, force: true })
  mkdirSync(half, { recursive: true, mode: 0o700 })
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
  if (account !== undefined) {
    for (const path of [half, passwordFile]) chownSync(path, account.uid, account.gid)
  }
  const done = spawnSync(
    join(binaries, "initdb"),
    [
      `--pgdata=${half}`,
      "--username=postgres",
      "--auth=scram-sha-256",
      `--pwfile=${passwordFile}`,
      // The same order of strings on every system, whatever locales it has.
      "--encoding=UTF8",
      "--locale=C",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      ...(quick ? ["--no-sync"] : [])
    ],
    { ...account, cwd: "/", encoding: "utf8", env: { ...process.env, LC_ALL: "C" } }
  )
  rmSync(passwordFile, { force: true })
  if (done.status !== 0) {
    rmSync(half, { recursive: true, force: true })
    throw new LaunchError({
      message: `PostgreSQL could not create ${folder}: ${done.error?.message ?? (done.stderr || done.stdout).trim()}`
    })
  }
  rmSync(folder, { recursive: true, force: true })
  renameSync(half, folder)
}

export { PostgresFolder }
