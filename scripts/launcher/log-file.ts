import { closeSync, mkdirSync, openSync, writeSync } from "node:fs"
import { join } from "node:path"

interface LogFile {
  readonly path: string
  /** Takes any piece of output; lines are put together again. */
  readonly write: (chunk: string) => void
  /** The end of what was written, without blank lines. */
  readonly lastLines: (count: number) => ReadonlyArray<string>
}

const _maxBytes = 50 * 1024 * 1024
const _keptLines = 40
const _echoedPer10Seconds = 10
// Effect's three formats (logfmt, JSON, pretty) and what Node prints when it dies.
const _worrying =
  /level=(WARN|ERROR|FATAL)|"(logLevel|level)":\s*"(WARN|ERROR|FATAL)|\] (WARN|ERROR|FATAL) \(|^\w*Error\b|^Uncaught/i

/**
 * One child's log, `<folder>/<name>.log`: truncated when the launcher starts, at most 50 MB (then it starts over).
 * Warnings and errors are echoed to the terminal, at most ten in ten seconds so that one child cannot fill the screen.
 */
const LogFile = {
  open: (folder: string, name: string, echo: (line: string) => void): LogFile => {
    mkdirSync(folder, { recursive: true })
    const path = join(folder, `${name}.log`)
    let file = openSync(path, "w", 0o600)
    let bytes = 0
    let rest = ""
    const kept: Array<string> = []
    const quota = echoQuota(name, path, echo)
    const line = (text: string) => {
      if (text.trim() === "") return
      kept.push(text)
      if (kept.length > _keptLines) kept.shift()
      if (_worrying.test(text)) quota(text)
    }
    return {
      path,
      write: (chunk) => {
        bytes += Buffer.byteLength(chunk)
        if (bytes > _maxBytes) {
          closeSync(file)
          file = openSync(path, "w", 0o600)
          bytes = Buffer.byteLength(chunk)
        }
        writeSync(file, chunk)
        const lines = (rest + chunk).split("\n")
        rest = (lines.pop() ?? "").slice(-10_000)
        for (const text of lines) line(text)
      },
      lastLines: (count) => (rest.trim() === "" ? kept : [...kept, rest]).slice(-count)
    }
  }
}

const echoQuota = (name: string, path: string, echo: (line: string) => void) => {
  let windowStart = 0
  let echoed = 0
  return (text: string) => {
    const now = performance.now()
    if (now - windowStart > 10_000) {
      windowStart = now
      echoed = 0
    }
    echoed++
    if (echoed <= _echoedPer10Seconds) echo(`[${name}] ${text.slice(0, 400)}`)
    if (echoed === _echoedPer10Seconds) echo(`[${name}] ... more in ${path}`)
  }
}

export { LogFile }
