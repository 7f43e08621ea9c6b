import { type HistoryEntry } from "../history/history-entry.ts"
import { Canary } from "./canary.ts"

declare namespace ApiCall {
  interface Request {
    readonly method: string
    readonly path: string
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: unknown
    readonly form?: () => FormData
  }
  interface Target {
    readonly url: string
    readonly apiKey: string
    /** Words that no answer may hold. */
    readonly foreign: ReadonlyArray<string>
    readonly timeoutMillis: number
  }
  interface Answer {
    readonly phase: Exclude<HistoryEntry.Phase, "invoke">
    /** 0 when there was no answer. */
    readonly status: number
    readonly text: string
    readonly body: unknown
    readonly foreign: ReadonlyArray<string>
    readonly retryAfterMillis: number
  }
}

const _retryMillis = 100

/**
 * One request and what its answer is worth: 2xx `ok`, 4xx `fail`, 503 or 429 with `Retry-After` `refused`, anything else
 * (other 5xx, a timeout, a connection that broke) `info`, because it may have happened.
 */
const ApiCall = {
  send: async (target: ApiCall.Target, request: ApiCall.Request): Promise<ApiCall.Answer> => {
    try {
      const response = await fetch(`${target.url}${request.path}`, {
        method: request.method,
        redirect: "manual",
        headers: {
          authorization: `Bearer ${target.apiKey}`,
          ...(request.body === undefined ? {} : { "content-type": "application/json" }),
          ...request.headers
        },
        body: request.form?.() ?? (request.body === undefined ? null : JSON.stringify(request.body)),
        signal: AbortSignal.timeout(target.timeoutMillis)
      })
      const text = await response.text()
      const retryAfter = response.headers.get("retry-after")
      const seconds = Number(retryAfter)
      return {
        phase: phaseOf(response.status, retryAfter !== null),
        status: response.status,
        text,
        body: parsed(text),
        foreign: Canary.foreign(text, target.foreign),
        retryAfterMillis: retryAfter !== null && Number.isFinite(seconds) ? seconds * 1_000 : _retryMillis
      }
    } catch (error) {
      const text =
        error instanceof Error ? `${error.name}: ${error.message} ${causeOf(error)}` : String(error)
      return { phase: "info", status: 0, text, body: undefined, foreign: [], retryAfterMillis: _retryMillis }
    }
  }
}

const phaseOf = (status: number, mayComeBack: boolean): ApiCall.Answer["phase"] => {
  if (status >= 200 && status < 300) return "ok"
  if ((status === 503 || status === 429) && mayComeBack) return "refused"
  return status >= 400 && status < 500 && status !== 408 && status !== 429 ? "fail" : "info"
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const causeOf = (error: Error): string => (error.cause instanceof Error ? `(${error.cause.message})` : "")

export { ApiCall }
