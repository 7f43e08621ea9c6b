import { readdirSync, readFileSync, readlinkSync } from "node:fs"

const portOf = (address = "") => Number.parseInt(address.slice(address.indexOf(":") + 1), 16)

const inodeOf = (localPort: number, remotePort: number): string | undefined => {
  for (const table of ["tcp", "tcp6"]) {
    const rows = readFileSync(`/proc/net/${table}`, "utf8").split("\n").slice(1)
    for (const row of rows) {
      const [, local, remote, , , , , , , inode] = row.trim().split(/\s+/)
      if (portOf(local) === localPort && portOf(remote) === remotePort) return inode
    }
  }
  return undefined
}

/** False also for a process that has gone or belongs to somebody else. */
const holds = (pid: number, inode: string): boolean => {
  try {
    return readdirSync(`/proc/${pid}/fd`).some(
      (descriptor) => leadsTo(pid, descriptor) === `socket:[${inode}]`
    )
  } catch {
    return false
  }
}

const leadsTo = (pid: number, descriptor: string): string => {
  try {
    return readlinkSync(`/proc/${pid}/fd/${descriptor}`)
  } catch {
    return ""
  }
}

/**
 * Which of `pids` holds the end of a local TCP connection that has these ports. Linux only; undefined where
 * there is no such table, or when the process has gone.
 */
const socketOwner = (
  localPort: number,
  remotePort: number,
  pids: ReadonlyArray<number>
): number | undefined => {
  try {
    const inode = inodeOf(localPort, remotePort)
    return inode === undefined ? undefined : pids.find((pid) => holds(pid, inode))
  } catch {
    return undefined
  }
}

export { socketOwner }
