import { Data } from "effect"

/** The worker was silent for longer than it may; it has been stopped, and killed if it did not answer. */
class WorkerTimeout extends Data.TaggedError("Workers.Timeout")<{
  readonly idleMillis: number
}> {
  override get message() {
    return `The parser was silent for ${this.idleMillis} ms`
  }
}

export { WorkerTimeout }
