import { Either, Option, ParseResult, Predicate, Schema } from "effect"

/** The protocol counts requests from 0; a peer may write the number as its language likes. */
const _Id = Schema.transform(
  Schema.Union(
    Schema.String.pipe(Schema.pattern(/^\d{1,19}$/)),
    Schema.NonNegativeBigIntFromSelf.pipe(Schema.lessThanBigInt(10n ** 19n)),
    Schema.NonNegativeInt
  ),
  Schema.String,
  { strict: true, decode: String, encode: (id) => id }
)

const _Header = Schema.Tuple(
  Schema.String.pipe(Schema.maxLength(128)),
  Schema.String.pipe(Schema.maxLength(8192))
)

/** Ids of W3C Trace Context: they travel on with stored messages, which have no room for longer ones. */
const _hex = (digits: number) =>
  Schema.optional(Schema.String.pipe(Schema.pattern(new RegExp(`^[0-9a-f]{${digits}}$`))))

const _Request = Schema.Struct({
  _tag: Schema.Literal("Request"),
  id: _Id,
  tag: Schema.String.pipe(Schema.maxLength(128)),
  payload: Schema.optional(Schema.Unknown),
  headers: Schema.Array(_Header).pipe(Schema.maxItems(32)),
  traceId: _hex(32),
  spanId: _hex(16),
  sampled: Schema.optional(Schema.Boolean)
})

const _Ack = Schema.Struct({ _tag: Schema.Literal("Ack"), requestId: _Id })
const _Interrupt = Schema.Struct({ _tag: Schema.Literal("Interrupt"), requestId: _Id })
const _Ping = Schema.Struct({ _tag: Schema.Literal("Ping") })
const _Eof = Schema.Struct({ _tag: Schema.Literal("Eof") })

declare namespace MessageEnvelope {
  type Request = typeof _Request.Type
  type Known = Request | typeof _Ack.Type | typeof _Interrupt.Type | typeof _Ping.Type | typeof _Eof.Type
  /** Where a message is wrong and how, in words of ours: nothing of the message but names of members. */
  type Fault = { readonly path: string; readonly reason: string }
  type Broken = MessageEnvelope.Fault & {
    /** Of the call that the message wanted to make; none where that cannot be told. */
    readonly id: Option.Option<string>
  }
}

const _pathLength = 64

const _reasons: Readonly<Record<ParseResult.ParseIssue["_tag"], string>> = {
  Pointer: "is not valid",
  Unexpected: "is not expected here",
  Missing: "is missing",
  Composite: "is not valid",
  Refinement: "is not allowed",
  Transformation: "is not valid",
  Type: "has the wrong type",
  Forbidden: "cannot be checked"
}

const _fault = (within: string, error: ParseResult.ParseError): MessageEnvelope.Fault => {
  const issue = ParseResult.ArrayFormatter.formatErrorSync(error)[0]
  const path = [within, ...(issue?.path ?? [])].filter((part) => part !== "").map(String)
  return { path: path.join(".").slice(0, _pathLength), reason: _reasons[issue?._tag ?? "Type"] }
}

const _decoding = <A extends MessageEnvelope.Known, I>(schema: Schema.Schema<A, I>) => {
  const decode = Schema.decodeUnknownEither(schema)
  return (message: unknown): Either.Either<MessageEnvelope.Known, MessageEnvelope.Broken> =>
    Either.mapLeft(decode(message), (error) => ({ ..._fault("", error), id: _idOf(message) }))
}

const _decoders = new Map([
  ["Request", _decoding(_Request)],
  ["Ack", _decoding(_Ack)],
  ["Interrupt", _decoding(_Interrupt)],
  ["Ping", _decoding(_Ping)],
  ["Eof", _decoding(_Eof)]
])

const _idIn = Schema.decodeUnknownOption(Schema.Struct({ _tag: Schema.Literal("Request"), id: _Id }))
const _idOf = (message: unknown): Option.Option<string> => Option.map(_idIn(message), ({ id }) => id)

const _tagOf = (message: unknown): string =>
  Predicate.hasProperty(message, "_tag") ? String(message._tag) : ""

/** What stands around every call: judged before the protocol's server sees it, which believes it. */
const MessageEnvelope = {
  parse: (message: unknown): Either.Either<MessageEnvelope.Known, MessageEnvelope.Broken> =>
    Option.match(Option.fromNullable(_decoders.get(_tagOf(message))), {
      onNone: () => Either.left({ path: "_tag", reason: "is not known", id: _idOf(message) }),
      onSome: (decode) => decode(message)
    }),
  fault: _fault
} as const

export { MessageEnvelope }
