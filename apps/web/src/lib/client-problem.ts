import { HttpClientError } from "@effect/platform"
import { Data, Effect, Option, ParseResult, Schema } from "effect"

const _Body = Schema.Struct({
  title: Schema.optional(Schema.String),
  detail: Schema.optional(Schema.String),
  message: Schema.optional(Schema.String),
  status: Schema.optional(Schema.Number),
  code: Schema.optional(Schema.String),
  requestId: Schema.optional(Schema.String)
})

/**
 * What a page shows when a request failed: an RFC 9457 problem, or its nearest likeness.
 * `status` is 0 when no answer came; `requestId` is what a person quotes to support.
 */
class ClientProblem extends Data.TaggedError("ClientProblem")<{
  readonly title: string
  readonly detail: Option.Option<string>
  readonly status: number
  readonly code: string
  readonly requestId: Option.Option<string>
  /** The answer itself: for `Schema.is` of a refusal whose own fields a page shows. */
  readonly refusal?: unknown
}> {
  override get message(): string {
    return this.title
  }

  /** No answer at all: the one kind that a blind retry may cure. */
  static readonly unreachable = new ClientProblem({
    title: "The server cannot be reached",
    detail: Option.some("It may be restarting, or the network is gone. Your data is safe."),
    status: 0,
    code: "Unreachable",
    requestId: Option.none()
  })

  /** `body` is anything that came with a status: a problem document, a decoded refusal, or nothing useful. */
  static readonly fromBody = (body: unknown, status: number): ClientProblem =>
    Option.match(Schema.decodeUnknownOption(_Body)(body), {
      onNone: () => _explained({}, status, body),
      onSome: (known) => _explained(known, status, body)
    })

  /** Every failure of a typed call, from a refusal of the contract to the HTML page of a broken proxy. */
  static readonly from = (error: unknown): Effect.Effect<ClientProblem> =>
    HttpClientError.isHttpClientError(error)
      ? _fromTransport(error)
      : Effect.succeed(ParseResult.isParseError(error) ? _invalid(error) : ClientProblem.fromBody(error, 400))
}

const _explained = (body: typeof _Body.Type, status: number, refusal: unknown) =>
  new ClientProblem({
    title: body.title ?? `The server answered with ${body.status ?? status}`,
    detail: Option.fromNullable(body.detail ?? (body.title === undefined ? body.message : undefined)),
    status: body.status ?? status,
    code: body.code ?? `HTTP ${status}`,
    requestId: Option.fromNullable(body.requestId),
    refusal
  })

const _fromTransport = (error: HttpClientError.HttpClientError) =>
  error._tag === "RequestError"
    ? Effect.succeed(ClientProblem.unreachable)
    : error.response.json.pipe(
        Effect.orElseSucceed(() => null),
        Effect.map((body) => ClientProblem.fromBody(body, error.response.status)),
        Effect.map((problem) =>
          Option.isNone(problem.requestId)
            ? new ClientProblem({
                ...problem,
                requestId: Option.fromNullable(error.response.headers["x-request-id"])
              })
            : problem
        )
      )

const _invalid = (error: ParseResult.ParseError) =>
  new ClientProblem({
    title: "This page and the server disagree about the data",
    detail: Option.some(`Reload the page to get the current version. ${error.message}`),
    status: 400,
    code: "Mismatch",
    requestId: Option.none()
  })

export { ClientProblem }
