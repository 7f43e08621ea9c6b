import { Clock, Duration, Effect, Order, PubSub, Schedule, type Scope, Stream } from "effect"
import { type PresenceEntity } from "./presence-entity.ts"

type _People = ReadonlyArray<PresenceEntity.Attendee>
type _Session = { readonly people: _People; readonly heardAt: number }

declare namespace PresenceRoom {
  type Shape = {
    /** The session is here until the scope ends; the picture at once, then each change and each letter. */
    readonly join: (
      session: string,
      people: _People
    ) => Effect.Effect<Stream.Stream<PresenceEntity.Frame>, never, Scope.Scope>
    /** False for a session that has lapsed or was never here. */
    readonly announce: (session: string, people: _People) => Effect.Effect<boolean>
    readonly send: (letter: PresenceEntity.Letter) => Effect.Effect<void>
  }
}

/** Names in one picture; who is beyond them is only counted. */
const _shown = 200
/** Letters that a slow replica may lag behind before the oldest is dropped. */
const _letters = 256
/** A replica that was killed says nothing, nor does the transport for it: it is gone after this silence. */
const _lease = Duration.seconds(10)
const _sweep = Schedule.spaced("1 second")
const _coalesced = Duration.millis(250)

/** Who of one tenant is online, as its replicas say it; on the owner of the tenant's partition, in memory. */
const PresenceRoom = {
  /** A picture at a time, the newest, at most four a second. */
  coalesced: <A>(pictures: Stream.Stream<A>): Stream.Stream<A> =>
    Stream.throttle(pictures, { cost: () => 1, units: 1, duration: _coalesced, strategy: "shape" }),

  make: Effect.gen(function* () {
    const sessions = new Map<string, _Session>()
    const pictures = yield* Effect.acquireRelease(
      PubSub.sliding<PresenceEntity.Picture>({ capacity: 1, replay: 1 }),
      PubSub.shutdown
    )
    const letters = yield* Effect.acquireRelease(
      PubSub.sliding<PresenceEntity.Letter>(_letters),
      PubSub.shutdown
    )

    const tell = Effect.suspend(() => PubSub.publish(pictures, _picture(sessions)))
    const enter = (session: string, people: _People) =>
      Effect.map(Clock.currentTimeMillis, (heardAt) => sessions.set(session, { people, heardAt }))
    const leave = (session: string) => Effect.when(tell, () => sessions.delete(session)).pipe(Effect.asVoid)

    // Not at the end of its stream, which waits for an answer to the last frame for ever.
    yield* Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.forEach(_lapsed(sessions, now), leave, { discard: true })
    ).pipe(Effect.repeat(_sweep), Effect.forkScoped)

    const join: PresenceRoom.Shape["join"] = (session, people) =>
      Effect.gen(function* () {
        const post = yield* PubSub.subscribe(letters)
        yield* Effect.acquireRelease(Effect.zipRight(enter(session, people), tell), () => leave(session))
        const seen = yield* PubSub.subscribe(pictures)
        return Stream.merge(
          PresenceRoom.coalesced(Stream.fromQueue(seen, { maxChunkSize: 1 })),
          Stream.fromQueue(post)
        )
      })

    const announce: PresenceRoom.Shape["announce"] = (session, people) =>
      Effect.suspend(() => {
        const known = sessions.get(session)
        return known === undefined
          ? Effect.succeed(false)
          : enter(session, people).pipe(
              Effect.zipRight(Effect.when(tell, () => !_isSame(known.people, people))),
              Effect.as(true)
            )
      })

    return { join, announce, send: (letter: PresenceEntity.Letter) => PubSub.publish(letters, letter) }
  })
} as const

const _lapsed = (sessions: ReadonlyMap<string, _Session>, now: number): ReadonlyArray<string> =>
  [...sessions].flatMap(([session, { heardAt }]) =>
    now - heardAt > Duration.toMillis(_lease) ? [session] : []
  )

const _isSame = (one: _People, other: _People): boolean => JSON.stringify(one) === JSON.stringify(other)

const _byName = Order.mapInput(
  Order.combine(
    Order.mapInput(Order.string, ([name]: readonly [string, string]) => name),
    Order.mapInput(Order.string, ([, userId]: readonly [string, string]) => userId)
  ),
  ({ name, userId }: PresenceEntity.Attendee) => [name, userId] as const
)

const _picture = (sessions: ReadonlyMap<string, _Session>): PresenceEntity.Picture => {
  const people = [...sessions.values()]
    .flatMap((session) => session.people)
    .reduce(
      (all, { userId, name, sockets }) =>
        all.set(userId, { userId, name, sockets: sockets + (all.get(userId)?.sockets ?? 0) }),
      new Map<string, PresenceEntity.Attendee>()
    )
  return {
    _tag: "Picture",
    people: [...people.values()].toSorted(_byName).slice(0, _shown),
    total: people.size
  }
}

export { PresenceRoom }
