import { type RpcMessage, RpcSerialization } from "@effect/rpc"
import { Either } from "effect"
import { MsgpackScan } from "./msgpack-scan.ts"
import { SocketClose } from "./socket-close.ts"
import { type SocketLimits } from "./socket-limits.ts"

declare namespace FrameCodec {
  type Frame = { readonly bytes: Buffer; readonly isBinary: boolean }
  type Encoded = string | Uint8Array
  /** Of one socket. */
  type Parser = {
    /** The messages of a frame, not judged yet, or why the socket has to be closed. */
    readonly decode: (frame: Frame) => Either.Either<ReadonlyArray<unknown>, SocketClose.Close>
    readonly encode: (message: RpcMessage.FromServerEncoded) => Encoded
  }
  type Kind = "msgpack" | "json"
}

const _faults = {
  Extension: SocketClose.forbidden,
  NoMessage: SocketClose.forbidden,
  Large: SocketClose.tooMuch,
  Malformed: SocketClose.undecodable
} as const satisfies Record<MsgpackScan.Fault, SocketClose.Close>

const _nodes = 10_000
const _depth = 32

/** What encodes objects as maps, for peers that do not know msgpackr's records; both decode both. */
const _maps = RpcSerialization.makeMsgPack({ useRecords: false, mapsAsObjects: true })
const _records = RpcSerialization.makeMsgPack({ useRecords: true, mapsAsObjects: true })

const _msgpack = ({ messagesPerFrame }: SocketLimits.Shape): FrameCodec.Parser => {
  const limits = { messages: messagesPerFrame, nodes: _nodes, depth: _depth }
  const records = _records.unsafeMake()
  const maps = _maps.unsafeMake()
  // A peer is answered as it speaks.
  const dialect = { current: records }
  return {
    decode: ({ bytes, isBinary }) =>
      isBinary
        ? MsgpackScan.of(bytes, limits).pipe(
            Either.mapLeft((fault) => _faults[fault]),
            Either.flatMap(({ hasRecords }) => {
              dialect.current = hasRecords ? records : maps
              return Either.try({ try: () => records.decode(bytes), catch: () => SocketClose.undecodable })
            })
          )
        : Either.left(SocketClose.wrongKind),
    encode: (message) => dialect.current.encode(message) ?? ""
  }
}

const _json = (): FrameCodec.Parser => ({
  decode: ({ bytes, isBinary }) =>
    isBinary
      ? Either.left(SocketClose.wrongKind)
      : Either.try({
          try: (): ReadonlyArray<unknown> => [JSON.parse(bytes.toString("utf8"))],
          catch: () => SocketClose.undecodable
        }),
  encode: (message) => JSON.stringify(message)
})

/** From frames to messages and back: MsgPack, in records or in maps, or one JSON text a frame. */
const FrameCodec = {
  parsers: { msgpack: _msgpack, json: _json }
} as const satisfies {
  readonly parsers: Record<FrameCodec.Kind, (limits: SocketLimits.Shape) => FrameCodec.Parser>
}

export { FrameCodec }
