import { Entity, Sharding } from "@effect/cluster"
import { Effect, RcMap, Schedule, Stream } from "effect"
import { PresenceEntity } from "./presence-entity.ts"
import { PresenceRoom } from "./presence-room.ts"

/** How soon a stream notices that its shard is to move. */
const _leaveInterval = Schedule.spaced("100 millis")

const _host = Effect.gen(function* () {
  const sharding = yield* Sharding.Sharding
  const { shardId } = yield* Entity.CurrentAddress
  const rooms = yield* RcMap.make({
    lookup: (_tenantId: string) => PresenceRoom.make,
    idleTimeToLive: "1 minute"
  })
  // A shard waits for the requests of its entities before it moves, and this one would not end by itself.
  const left = Effect.repeat(
    Effect.sync(() => sharding.hasShardId(shardId)),
    { schedule: _leaveInterval, while: (owned) => owned }
  )
  return PresenceEntity.of({
    Join: ({ payload: { people, session, tenantId } }) =>
      Stream.unwrapScoped(
        Effect.flatMap(RcMap.get(rooms, tenantId), ({ join }) => join(session, people))
      ).pipe(Stream.interruptWhen(left)),
    Announce: ({ payload: { people, session, tenantId } }) =>
      Effect.scoped(Effect.flatMap(RcMap.get(rooms, tenantId), ({ announce }) => announce(session, people))),
    Send: ({ payload: { letter, tenantId } }) =>
      Effect.scoped(Effect.flatMap(RcMap.get(rooms, tenantId), ({ send }) => Effect.asVoid(send(letter))))
  })
})

/** The rooms of the tenants of one partition, on its owner. */
const PresenceHost = {
  layer: PresenceEntity.toLayer(_host, {
    maxIdleTime: "5 minutes",
    concurrency: "unbounded",
    mailboxCapacity: 10_000,
    disableFatalDefects: true
  })
} as const

export { PresenceHost }
