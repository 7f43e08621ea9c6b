import { type Rpc, type RpcGroup, type RpcMessage, RpcSchema } from "@effect/rpc"
import { Either, Option, Schema } from "effect"
import { MessageEnvelope } from "./message-envelope.ts"
import { type SocketBudget } from "./socket-budget.ts"
import { type SocketLimits } from "./socket-limits.ts"

declare namespace SocketCalls {
  type Kind = "calls" | "streams"
  type Typed = Rpc.Any & {
    readonly payloadSchema: Schema.Schema.All
    readonly successSchema: Schema.Schema.All
  }
  /** What a client of the endpoint may be told, as its contract encodes it. */
  type Refusals = {
    readonly invalid: (fault: MessageEnvelope.Fault) => unknown
    readonly tooMany: (wait: { readonly retryAfterMillis: number }) => unknown
    readonly exceeded: (limit: { readonly limit: SocketCalls.Kind; readonly most: number }) => unknown
    readonly internal: (of: { readonly requestId: string }) => unknown
  }
  type Procedure = {
    readonly kind: SocketCalls.Kind
    readonly decode: (payload: unknown) => Either.Either<unknown, MessageEnvelope.Fault>
  }
  type Procedures = ReadonlyMap<string, SocketCalls.Procedure>
  type Options = {
    readonly limits: SocketLimits.Shape
    readonly procedures: SocketCalls.Procedures
    readonly refusals: SocketCalls.Refusals
  }
  /** Without an id the refusal belongs to no call. */
  type Refused = { readonly id: Option.Option<string>; readonly error: unknown }
}

const _retryAfterMillis = 1000

/** The calls of one socket that are under way, and whether one more may begin. */
class SocketCalls {
  private readonly open = new Map<string, SocketCalls.Kind>()
  /** Streams whose last chunk is not acknowledged yet. */
  private readonly owing = new Set<string>()

  private readonly procedures: SocketCalls.Procedures
  private readonly limits: SocketLimits.Shape
  private readonly refusals: SocketCalls.Refusals

  constructor({ limits, procedures, refusals }: SocketCalls.Options) {
    this.procedures = procedures
    this.limits = limits
    this.refusals = refusals
  }

  static procedures<Rpcs extends SocketCalls.Typed>(group: RpcGroup.RpcGroup<Rpcs>): SocketCalls.Procedures {
    return new Map([...group.requests].map(([tag, rpc]) => [tag, _procedure(rpc)]))
  }

  /** Counts the call in, or says why not. */
  begin(request: MessageEnvelope.Request): Either.Either<MessageEnvelope.Request, SocketCalls.Refused> {
    const { id, payload, tag } = request
    const refuse = (error: unknown) => ({ id: Option.some(id), error })
    const invalid = (fault: MessageEnvelope.Fault) => refuse(this.refusals.invalid(fault))
    return Either.fromNullable(this.procedures.get(tag), () =>
      invalid({ path: "tag", reason: "is not known" })
    ).pipe(
      Either.filterOrLeft(
        () => !this.open.has(id),
        () => invalid({ path: "id", reason: "is in use" })
      ),
      Either.filterOrLeft(
        ({ kind }) => this.count(kind) < this.limits[kind],
        ({ kind }) => refuse(this.tooMany(kind))
      ),
      Either.flatMap(({ decode, kind }) =>
        Either.mapBoth(decode(payload), { onLeft: invalid, onRight: () => kind })
      ),
      Either.map((kind) => {
        this.open.set(id, kind)
        return request
      })
    )
  }

  /** Keeps the books of what leaves. */
  note(response: RpcMessage.FromServerEncoded): void {
    response._tag === "Exit" ? this.end(response.requestId) : undefined
    response._tag === "Chunk" ? this.owing.add(response.requestId) : undefined
  }

  /** True where the client owed it: who reads fast answers often and is not to pay for it. */
  acknowledge(requestId: string): boolean {
    return this.owing.delete(requestId)
  }

  isOpen(requestId: string): boolean {
    return this.open.has(requestId)
  }

  slowDown(budget: SocketBudget): unknown {
    return this.refusals.tooMany({ retryAfterMillis: budget.retryAfterMillis })
  }

  private end(requestId: string): void {
    this.open.delete(requestId)
    this.owing.delete(requestId)
  }

  private count(kind: SocketCalls.Kind): number {
    return [...this.open.values()].filter((each) => each === kind).length
  }

  private tooMany(kind: SocketCalls.Kind): unknown {
    return kind === "streams"
      ? this.refusals.exceeded({ limit: kind, most: this.limits.streams })
      : this.refusals.tooMany({ retryAfterMillis: _retryAfterMillis })
  }
}

const _procedure = ({ payloadSchema, successSchema }: SocketCalls.Typed): SocketCalls.Procedure => {
  // The requirements of a payload's schema are the server's business, which decodes it again.
  const decode = Schema.decodeUnknownEither(Schema.make<unknown>(payloadSchema.ast))
  return {
    kind: RpcSchema.isStreamSchema(successSchema) ? "streams" : "calls",
    decode: (payload) => Either.mapLeft(decode(payload), (error) => MessageEnvelope.fault("payload", error))
  }
}

export { SocketCalls }
