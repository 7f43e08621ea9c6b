import { Headers, HttpServerResponse } from "@effect/platform"
import { Effect } from "effect"

const _common = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()"
} as const

/**
 * `style-src` allows inline styles: the component library and the chart write them. No host but our own
 * anywhere.
 */
const _policy = (scriptSources: ReadonlyArray<string>): string =>
  [
    "default-src 'self'",
    `script-src ${["'self'", ...scriptSources].join(" ")}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'"
  ].join("; ")

const _header = "content-security-policy"

/**
 * Headers that keep a browser from doing what our pages never ask for. A response may bring its own policy.
 */
const SecurityHeaders = {
  /** The default policy plus sources of scripts, e.g. the hash of an inline script. */
  contentSecurityPolicy: _policy,
  middleware: <E, R>(
    app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
  ): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R> =>
    Effect.map(app, (response) =>
      HttpServerResponse.setHeaders(response, {
        [_header]: _default,
        ..._common,
        ...(Headers.has(response.headers, _header) ? { [_header]: response.headers[_header] } : {})
      })
    )
} as const

const _default = _policy([])

export { SecurityHeaders }
