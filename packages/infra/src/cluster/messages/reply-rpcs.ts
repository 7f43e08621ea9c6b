import { Reply } from "@effect/cluster"
import { Rpc, RpcGroup } from "@effect/rpc"
import { Schema } from "effect"

/** Where a stored request is handled; ids are decimal strings, because JSON has no 64 bits. */
const _Asked = Schema.Struct({
  id: Schema.String,
  shard: Schema.String,
  entityType: Schema.String,
  entityId: Schema.String
})

/**
 * `place` is the request's in the call, from 0. Without a reply the request is not with this runner, or it
 * was answered too long ago.
 */
const _Answer = Schema.Struct({ place: Schema.Number, reply: Schema.NullOr(Reply.Encoded) })

/**
 * Asks a runner for the replies of requests that were stored for it, many in one call. The first value is
 * null: the runner has heard, and may be asked again. Then each request has one answer, as it comes, and the
 * stream ends with the last.
 */
class ReplyRpcs extends RpcGroup.make(
  Rpc.make("Replies", {
    payload: { requests: Schema.Array(_Asked) },
    success: Schema.NullOr(_Answer),
    stream: true
  })
) {}

declare namespace ReplyRpcs {
  type Asked = typeof _Asked.Type
  type Answer = typeof _Answer.Type
}

export { ReplyRpcs }
