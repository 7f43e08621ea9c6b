import { Rpc, RpcGroup } from "@effect/rpc"
import { Schema } from "effect"
import { Access } from "../access/access.ts"
import { Event } from "./event.ts"

/**
 * Live half of the log over WebSocket RPC: everything after `after`, then what happens, in batches of at most
 * 100 ms; without `after` only what happens from now on. The first batch may be empty and carries the head.
 */
class EventRpc extends RpcGroup.make(
  Rpc.make("event.watch", {
    payload: { after: Schema.optional(Schema.Int) },
    success: Schema.Struct({ head: Schema.Int, events: Schema.Array(Event.Model) }),
    stream: true
  })
).middleware(Access.Rpc) {}

export { EventRpc }
