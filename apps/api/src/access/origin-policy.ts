import { type Headers } from "@effect/platform"

declare namespace OriginPolicy {
  type Question = { readonly headers: Headers.Headers; readonly publicUrl: URL }
}

const _safe: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"])

/**
 * Whose page may act with the cookie: a browser names the page in `Origin`, and it must be ours. A request
 * without `Origin` comes from no foreign page: browsers send it with every write and every WebSocket.
 */
const OriginPolicy = {
  isWrite: (method: string): boolean => !_safe.has(method),
  isOurs: ({ headers, publicUrl }: OriginPolicy.Question): boolean =>
    headers.origin === undefined ||
    headers.origin === publicUrl.origin ||
    (headers.host !== undefined &&
      (headers.origin === `http://${headers.host}` || headers.origin === `https://${headers.host}`))
} as const

export { OriginPolicy }
