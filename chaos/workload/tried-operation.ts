import { setTimeout as delay } from "node:timers/promises"
import { type HistoryEntry } from "../history/history-entry.ts"
import { ApiCall } from "./api-call.ts"
import { type TenantDesk } from "./tenant-desk.ts"

declare namespace TriedOperation {
  interface Options {
    readonly process: string
    readonly operation: HistoryEntry.Operation
    readonly key: string
    readonly args?: unknown
    readonly request: ApiCall.Request
    /** False where a second request would do it twice: then an unknown outcome ends the operation. */
    readonly isRepeatable: boolean
    /** What of an answer is worth keeping. */
    readonly keep?: (body: unknown) => unknown
  }
}

/**
 * One operation of one client: the same request, with the same key, until there is a clear answer or patience ends. Every
 * attempt that had none leaves a line.
 */
const TriedOperation = {
  run: async (
    desk: TenantDesk,
    { args, isRepeatable, keep, key, operation, process, request }: TriedOperation.Options
  ): Promise<ApiCall.Answer> => {
    const { history, meter, patienceMillis, slug, target } = desk.options
    const line = { process, operation, tenant: slug, key }
    const startedAt = performance.now()
    history.append({ ...line, phase: "invoke", args })
    meter.count("invoked")
    for (;;) {
      const answer = await ApiCall.send(target, request)
      const isFinal =
        answer.phase === "ok" || answer.phase === "fail" || (answer.phase === "info" && !isRepeatable)
      const isLate = performance.now() - startedAt > patienceMillis
      history.append({ ...line, phase: answer.phase, result: resultOf(answer, keep, !isFinal && isLate) })
      count(meter, answer, isFinal, isLate)
      if (answer.phase === "ok") meter.answered(performance.now() - startedAt)
      if (isFinal || isLate) return answer
      await delay(answer.retryAfterMillis)
    }
  }
}

const resultOf = (answer: ApiCall.Answer, keep: TriedOperation.Options["keep"], gaveUp: boolean) => ({
  status: answer.status,
  ...(answer.foreign.length > 0 ? { foreign: answer.foreign } : {}),
  ...(answer.phase === "ok" ? asObject(keep?.(answer.body)) : { text: answer.text.slice(0, 300) }),
  ...(gaveUp ? { gaveUp } : {})
})

const asObject = (kept: unknown): object => (typeof kept === "object" && kept !== null ? kept : {})

const count = (
  meter: TenantDesk.Options["meter"],
  { phase }: ApiCall.Answer,
  isFinal: boolean,
  isLate: boolean
): void => {
  const names = { ok: "ok", fail: "failed", info: "unknown", refused: "refused" } as const
  meter.count(names[phase])
  const isOpen = phase === "info" ? isFinal || isLate : phase === "refused" && isLate
  if (isOpen) meter.count("open")
}

export { TriedOperation }
