import { Processes } from "./processes.ts"

const _living = new Map<number, NodeJS.Signals>()

/** Every process that this one has to take along when it must leave at once, with the signal that does it. */
const LastResort = {
  add: (pid: number, signal: NodeJS.Signals): void => void _living.set(pid, signal),
  remove: (pid: number): void => void _living.delete(pid),
  has: (pid: number): boolean => _living.has(pid),
  fire: (): void => {
    for (const [pid, signal] of _living) Processes.signalGroup(pid, signal)
  }
}

export { LastResort }
