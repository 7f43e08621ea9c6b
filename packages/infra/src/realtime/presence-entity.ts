import { ClusterSchema, Entity } from "@effect/cluster"
import { Rpc } from "@effect/rpc"
import { Schema } from "effect"

const _Attendee = Schema.Struct({ userId: Schema.String, name: Schema.String, sockets: Schema.Int })
const _Picture = Schema.TaggedStruct("Picture", {
  /** The first 200 by name. */
  people: Schema.Array(_Attendee),
  total: Schema.Int
})
const _Letter = Schema.TaggedStruct("Letter", {
  userIds: Schema.Array(Schema.String),
  message: Schema.String
})

const _session = { tenantId: Schema.String, session: Schema.String, people: Schema.Array(_Attendee) }

declare namespace PresenceEntity {
  /** A person with the sockets of one replica, or of all. */
  type Attendee = typeof _Attendee.Type
  type Picture = typeof _Picture.Type
  type Letter = typeof _Letter.Type
  type Frame = PresenceEntity.Picture | PresenceEntity.Letter
}

/**
 * What replicas and the owner of a tenant's partition say to each other. It lives beside the tenant's lane,
 * because both hash the same id; nothing of it is stored.
 */
const PresenceEntity = Entity.make("Presence", [
  /** One replica for one tenant, as long as the stream lives. */
  Rpc.make("Join", { payload: _session, success: Schema.Union(_Picture, _Letter), stream: true }),
  /** All its people, anew: also the sign of life. False where the owner does not know the session. */
  Rpc.make("Announce", { payload: _session, success: Schema.Boolean }),
  Rpc.make("Send", { payload: { tenantId: Schema.String, letter: _Letter } })
]).annotateRpcs(ClusterSchema.Persisted, false)

export { PresenceEntity }
