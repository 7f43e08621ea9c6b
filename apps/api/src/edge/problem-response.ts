import { HttpBody, HttpServerResponse } from "@effect/platform"

const _mediaType = "application/problem+json"

/** Code and title of what the edge refuses itself; a status that is not listed is called by its number. */
const _known: Readonly<Record<number, { readonly code: string; readonly title: string }>> = {
  400: { code: "Request.Invalid", title: "The request is not valid" },
  401: { code: "Access.Unauthenticated", title: "Sign in first" },
  403: { code: "Access.Denied", title: "This is not allowed" },
  404: { code: "Route.NotFound", title: "There is nothing here" },
  405: { code: "Route.MethodNotAllowed", title: "This path does not know that method" },
  409: { code: "Request.UnderWay", title: "The same request is being handled" },
  413: { code: "Request.TooLarge", title: "The body is larger than 1 MiB" },
  415: { code: "Request.UnsupportedMediaType", title: "The body has a media type that is not understood" },
  429: { code: "Request.TooMany", title: "Too much at once, try again later" },
  500: { code: "Internal", title: "Something went wrong on our side" },
  503: { code: "Unavailable", title: "Not ready to serve" }
}

declare namespace ProblemResponse {
  type Fields = {
    readonly status: number
    /** Members that go before the defaults, e.g. `detail`, `errors`, or all members of a refusal. */
    readonly members?: Readonly<Record<string, unknown>>
    readonly headers?: Readonly<Record<string, string>>
  }
}

/** Responses of RFC 9457: `type`, `title`, `status` and `code` are always there. */
const ProblemResponse = {
  mediaType: _mediaType,
  /** The body alone, to replace that of a response and to keep its headers and cookies. */
  body: (status: number, members: Readonly<Record<string, unknown>>): HttpBody.HttpBody => {
    const { code, title } = _known[status] ?? { code: `Http.${status}`, title: `HTTP status ${status}` }
    const defaults = { type: `https://tessera.dev/problems/${members.code ?? code}`, title, code }
    return HttpBody.text(JSON.stringify({ ...defaults, ...members, status }), _mediaType)
  },
  of: ({
    status,
    members = {},
    headers = {}
  }: ProblemResponse.Fields): HttpServerResponse.HttpServerResponse =>
    HttpServerResponse.setBody(
      HttpServerResponse.empty({ status, headers }),
      ProblemResponse.body(status, members)
    )
} as const

export { ProblemResponse }
