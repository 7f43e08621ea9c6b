import { Rpc, RpcGroup } from "@effect/rpc"
import { Schema } from "effect"
import { Access } from "../access/access.ts"
import { Event } from "./event.ts"
import { EventShared } from "./event-shared.ts"

/**
 * Live half of the log over WebSocket RPC: everything after `after`, then what happens, in batches of at most
 * 100 ms; without `after` only what happens from now on. The first batch may be empty and carries the head,
 * as does any in which `types` leaves nothing over; `position` is where to resume.
 */
class EventRpc extends RpcGroup.make(
  Rpc.make("event.watch", {
    payload: { after: Schema.optional(Schema.Int), types: Schema.optional(Schema.Array(Schema.String)) },
    success: Schema.Struct({
      head: Schema.Int,
      /** The last number looked at; absent from a replica of an older version. */
      position: Schema.optional(Schema.Int),
      events: Schema.Array(EventShared)
    }),
    error: Event.UnknownType,
    stream: true
  })
).middleware(Access.Rpc) {}

export { EventRpc }
