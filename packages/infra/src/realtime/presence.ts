import { Context, Deferred, Duration, Effect, Layer, RcMap, type Scope, Stream } from "effect"
import { Identifier } from "../context/identifier.ts"
import { LaneMoves } from "../lanes/lane-moves.ts"
import { Lanes } from "../lanes/lanes.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { PresenceDesk } from "./presence-desk.ts"
import { PresenceEntity } from "./presence-entity.ts"
import { PresenceHost } from "./presence-host.ts"

declare namespace Presence {
  type Person = PresenceDesk.Person
  type Picture = PresenceEntity.Picture
  type Shape = {
    /** A socket of this person is here until the scope ends; `socket` names it, however often it asks. */
    readonly attend: (
      person: Presence.Person,
      socket: string
    ) => Effect.Effect<void, never, Scope.Scope | Tenancy.Current>
    /** Who is online in the tenant, on all replicas: now, then each change, at most four a second. */
    readonly watch: Stream.Stream<Presence.Picture, never, Tenancy.Current>
    /**
     * Reaches every socket that these users have at this moment, on every replica; at most once, and not at
     * all who is away. What must not be lost belongs into the event log.
     */
    readonly send: (
      userIds: ReadonlyArray<string>,
      message: string
    ) => Effect.Effect<void, never, Tenancy.Current>
    /** What is sent to a user from now on, for one socket; one that lags loses the oldest. */
    readonly messages: (userId: string) => Stream.Stream<string, never, Tenancy.Current>
  }
}

/** The sign of life; the owner forgets a replica after 10 s without one. */
const _heartbeat = Duration.seconds(3)
const _coalesced = Duration.millis(250)
/** A call that nobody stores is tried again for ever. */
const _patience = Duration.seconds(2)

/**
 * Who is online and how to reach them: one stream per replica and tenant to the owner of the tenant's
 * partition. The owner knows only what the replicas tell it, so after it has moved they tell it again.
 */
class Presence extends Context.Tag("infra/realtime/Presence")<Presence, Presence.Shape>() {
  static readonly layer = Layer.scoped(
    Presence,
    Effect.gen(function* () {
      const client = yield* PresenceEntity.client
      const { moved } = yield* LaneMoves
      const owner = (tenantId: string) => client(String(Lanes.partitionOf(tenantId)))

      const visit = (tenantId: string, { changed, people, take }: PresenceDesk.Shape) =>
        Effect.gen(function* () {
          const session = yield* Identifier.uuid
          const joined = yield* Deferred.make<void>()
          const announced = Effect.timeoutOption(changed, _heartbeat).pipe(
            Effect.zipRight(people),
            Effect.flatMap((now) => owner(tenantId).Announce({ tenantId, session, people: now })),
            Effect.timeoutTo({
              duration: Duration.sum(_heartbeat, _patience),
              onTimeout: () => false,
              onSuccess: (known) => known
            }),
            Effect.zipLeft(Effect.sleep(_coalesced))
          )
          const forgotten = Effect.zipRight(
            Deferred.await(joined),
            Effect.repeat(announced, { while: (isKnown) => isKnown })
          )
          yield* owner(tenantId)
            .Join({ tenantId, session, people: yield* people })
            .pipe(
              // A former owner that waits for the last acknowledgement never says that it is over.
              Stream.interruptWhen(moved(Lanes.partitionOf(tenantId))),
              Stream.interruptWhen(forgotten),
              Stream.runForEach((frame) => Effect.zipRight(take(frame), Deferred.succeed(joined, undefined)))
            )
        }).pipe(
          Effect.catchAllCause((cause) => Effect.logDebug("the presence of a tenant broke off", cause)),
          Effect.zipRight(Effect.sleep("200 millis")),
          Effect.forever
        )

      const desks = yield* RcMap.make({
        lookup: (tenantId: string) =>
          Effect.tap(PresenceDesk.make, (desk) => Effect.forkScoped(visit(tenantId, desk))),
        idleTimeToLive: "10 seconds"
      })
      const desk = Effect.flatMap(Tenancy.Current, ({ tenantId }) => RcMap.get(desks, tenantId))

      return Presence.of({
        attend: (person, socket) => Effect.flatMap(desk, ({ attend }) => attend(person, socket)),
        watch: Stream.unwrapScoped(Effect.map(desk, ({ pictures }) => pictures)),
        messages: (userId) => Stream.unwrapScoped(Effect.map(desk, ({ letters }) => letters(userId))),
        send: Effect.fn("Presence.send")(function* (userIds, message) {
          const { tenantId } = yield* Tenancy.Current
          yield* owner(tenantId)
            .Send({ tenantId, letter: { _tag: "Letter", userIds, message } })
            .pipe(
              Effect.timeout(_patience),
              Effect.catchAllCause((cause) => Effect.logInfo("a message to users was lost", cause))
            )
        })
      })
    })
  ).pipe(Layer.provide(PresenceHost.layer), Layer.provide(LaneMoves.layer))
}

export { Presence }
