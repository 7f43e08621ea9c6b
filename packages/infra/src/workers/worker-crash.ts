import { Data } from "effect"

/**
 * The worker thread died under the parse (out of memory, exit, uncaught); it is replaced, the parse is
 * not retried.
 */
class WorkerCrash extends Data.TaggedError("Workers.Crash")<{
  readonly detail: string
}> {
  override get message() {
    return `The parser died: ${this.detail}`
  }
}

export { WorkerCrash }
