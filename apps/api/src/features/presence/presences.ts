import { Presence } from "@tessera/infra/realtime/presence"
import { Tenancy } from "@tessera/infra/tenancy"
import { Presence as Contract } from "@tessera/shared/presence/presence"
import { Context, Effect, Layer, Option, Stream } from "effect"
import { PresenceRepo } from "./presence-repo.ts"

declare namespace Presences {
  type Shape = {
    /** Who is online; the one who asks is, for as long as the stream runs. */
    readonly watch: Stream.Stream<Contract.Model, never, Tenancy.Current>
  }
}

/** The people of the tenant that have a page of ours open. */
class Presences extends Context.Tag("api/presence/Presences")<Presences, Presences.Shape>() {
  static readonly layer = Layer.effect(
    Presences,
    Effect.gen(function* () {
      const presence = yield* Presence
      const repo = yield* PresenceRepo

      const enter = Effect.gen(function* () {
        const { actorId: userId, requestId } = yield* Tenancy.Current
        const attend = (name: string) => presence.attend({ userId, name }, _socketOf(requestId))
        yield* Effect.flatMap(repo.name, Option.match({ onNone: () => Effect.void, onSome: attend }))
        return Stream.map(presence.watch, _read)
      })

      return Presences.of({ watch: Stream.unwrapScoped(enter) })
    })
  )
}

/** A call is numbered behind the request id of its socket. */
const _socketOf = (requestId: string): string => requestId.replace(/\.[^.]*$/, "")

const _read = ({ people, total }: Presence.Picture): Contract.Model =>
  Contract.Model.make({ total, people: people.map((person) => Contract.Person.make(person)) })

export { Presences }
