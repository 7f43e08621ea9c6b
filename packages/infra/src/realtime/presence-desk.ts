import { Effect, Option, PubSub, Queue, type Scope, Stream } from "effect"
import { type PresenceEntity } from "./presence-entity.ts"
import { PresenceRoom } from "./presence-room.ts"

type _Attended = { readonly name: string; readonly sockets: ReadonlyMap<string, number> }

declare namespace PresenceDesk {
  type Person = { readonly userId: string; readonly name: string }
  type Shape = {
    readonly attend: (person: PresenceDesk.Person, socket: string) => Effect.Effect<void, never, Scope.Scope>
    readonly people: Effect.Effect<ReadonlyArray<PresenceEntity.Attendee>>
    /** Ends when the people are not the same any more as when they were read. */
    readonly changed: Effect.Effect<void>
    readonly take: (frame: PresenceEntity.Frame) => Effect.Effect<void>
    readonly pictures: Stream.Stream<PresenceEntity.Picture>
    readonly letters: (userId: string) => Stream.Stream<string>
  }
}

/** Letters that a slow socket may lag behind before the oldest is dropped. */
const _letters = 256

/** One tenant on one replica: the people whose sockets are here, and what the owner says to all. */
const PresenceDesk = {
  make: Effect.gen(function* () {
    const attended = new Map<string, _Attended>()
    const changes = yield* Queue.sliding<void>(1)
    const pictures = yield* Effect.acquireRelease(
      PubSub.sliding<PresenceEntity.Picture>({ capacity: 1, replay: 1 }),
      PubSub.shutdown
    )
    const letters = yield* Effect.acquireRelease(
      PubSub.sliding<PresenceEntity.Letter>(_letters),
      PubSub.shutdown
    )

    const count = ({ name, userId }: PresenceDesk.Person, socket: string, change: 1 | -1) =>
      Effect.suspend(() => {
        const sockets = _counted(attended.get(userId)?.sockets ?? new Map(), socket, change)
        sockets.size > 0 ? attended.set(userId, { name, sockets }) : attended.delete(userId)
        return Queue.offer(changes, undefined)
      })

    return {
      attend: (person: PresenceDesk.Person, socket: string) =>
        Effect.asVoid(Effect.acquireRelease(count(person, socket, 1), () => count(person, socket, -1))),
      people: Effect.sync(() =>
        [...attended].map(([userId, { name, sockets }]) => ({ userId, name, sockets: sockets.size }))
      ),
      changed: Queue.take(changes),
      take: (frame: PresenceEntity.Frame) =>
        Effect.asVoid(
          frame._tag === "Picture" ? PubSub.publish(pictures, frame) : PubSub.publish(letters, frame)
        ),
      pictures: PresenceRoom.coalesced(
        Stream.unwrapScoped(
          Effect.map(PubSub.subscribe(pictures), (queue) => Stream.fromQueue(queue, { maxChunkSize: 1 }))
        )
      ),
      letters: (userId: string) =>
        Stream.unwrapScoped(Effect.map(PubSub.subscribe(letters), (queue) => Stream.fromQueue(queue))).pipe(
          Stream.filterMap(({ message, userIds }) =>
            userIds.includes(userId) ? Option.some(message) : Option.none()
          )
        )
    } satisfies PresenceDesk.Shape
  })
} as const

/** A socket that asks twice is one socket. */
const _counted = (sockets: ReadonlyMap<string, number>, socket: string, change: 1 | -1) => {
  const count = (sockets.get(socket) ?? 0) + change
  const others = [...sockets].filter(([name]) => name !== socket)
  return new Map(count > 0 ? [...others, [socket, count] as const] : others)
}

export { PresenceDesk }
