import { assert, layer } from "@effect/vitest"
import { Chunk, Deferred, Effect, Exit, Fiber, Ref, Schedule, Scope, Stream } from "effect"
import { Identifier } from "../context/identifier.ts"
import { Lanes } from "../lanes/lanes.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { TestCluster } from "../testing/test-cluster.ts"
import { Presence } from "./presence.ts"
import { PresenceEntity } from "./presence-entity.ts"

const tenant = Effect.map(Identifier.uuid, Tenancy.Id.make)
const as = (tenantId: Tenancy.Id) => Effect.provideService(Tenancy.Current, Tenancy.system(tenantId, "test"))
const inTenant = <A, E>(effect: Effect.Effect<A, E, Tenancy.Current | Presence | Scope.Scope>) =>
  Effect.flatMap(tenant, (tenantId) => Effect.scoped(as(tenantId)(effect)))

/** Another tenant in the same partition: one entity speaks for both. */
const neighbour = (mine: Tenancy.Id) =>
  Effect.repeat(tenant, { until: (other) => Lanes.partitionOf(other) === Lanes.partitionOf(mine) })

const ada = { userId: "ada", name: "Ada" }
const bob = { userId: "bob", name: "Bob" }

/** The first picture that is as wanted, as `Ada 2, Bob 1`. */
const said = ({ people }: Presence.Picture) =>
  people.map(({ name, sockets }) => `${name} ${sockets}`).join(", ")
const until = (wanted: string) =>
  Effect.flatMap(Presence, ({ watch }) =>
    Stream.runHead(Stream.filter(watch, (picture) => said(picture) === wanted)).pipe(
      Effect.timeoutFail({ duration: "20 seconds", onTimeout: () => `never ${wanted}` })
    )
  )

/** What one socket has got so far. */
const listening = (userId: string) =>
  Effect.gen(function* () {
    const { messages } = yield* Presence
    const got = yield* Ref.make<ReadonlyArray<string>>([])
    yield* messages(userId).pipe(
      Stream.runForEach((text) => Ref.update(got, (all) => [...all, text])),
      Effect.forkScoped
    )
    return got
  })

const received = (got: Ref.Ref<ReadonlyArray<string>>, count: number) =>
  Ref.get(got).pipe(
    Effect.repeat({ until: (all) => all.length >= count, schedule: Schedule.spaced("20 millis") }),
    Effect.zipRight(Ref.get(got)),
    Effect.timeout("10 seconds")
  )

layer(TestCluster.layer, { timeout: "60 seconds", excludeTestServices: true })("Presence", (it) => {
  it.effect("counts the sockets of each person, and a socket that asks twice once", () =>
    inTenant(
      Effect.gen(function* () {
        const { attend } = yield* Presence

        yield* attend(bob, "s1")
        yield* attend(ada, "s2")
        yield* attend(ada, "s2")
        yield* attend(ada, "s3")

        yield* until("Ada 2, Bob 1")
      })
    )
  )

  it.effect("forgets a socket when its scope ends, and a person with the last of them", () =>
    inTenant(
      Effect.gen(function* () {
        const { attend } = yield* Presence
        const first = yield* Scope.make()
        const second = yield* Scope.make()
        yield* attend(bob, "s0")
        yield* Scope.extend(attend(ada, "s1"), first)
        yield* Scope.extend(attend(ada, "s2"), second)
        yield* until("Ada 2, Bob 1")

        yield* Scope.close(first, Exit.void)
        yield* until("Ada 1, Bob 1")
        yield* Scope.close(second, Exit.void)

        yield* until("Bob 1")
      })
    )
  )

  it.effect("says many changes as few pictures, of which the last is true", () =>
    inTenant(
      Effect.gen(function* () {
        const { attend, watch } = yield* Presence
        yield* attend(bob, "s0")
        yield* until("Bob 1")
        const seen = yield* Effect.fork(
          watch.pipe(
            Stream.takeUntil(({ total }) => total === 101),
            Stream.runCollect
          )
        )

        yield* Effect.forEach(
          Array.from({ length: 100 }, (_, n) => n),
          (n) => Effect.delay(attend({ userId: `u${n}`, name: `Person ${n}` }, `s${n}`), "5 millis")
        )
        const pictures = Chunk.toReadonlyArray(yield* Fiber.join(seen))

        // A hundred changes took at least half a second.
        assert.isBelow(pictures.length, 20)
        assert.strictEqual(pictures.at(-1)?.people.length, 101)
      })
    )
  )

  it.effect("names two hundred people and counts all", () =>
    inTenant(
      Effect.gen(function* () {
        const { attend, watch } = yield* Presence

        yield* Effect.forEach(
          Array.from({ length: 250 }, (_, n) => n),
          (n) => attend({ userId: `u${n}`, name: `Person ${n}` }, `s${n}`)
        )
        const picture = yield* Effect.flatten(
          Stream.runHead(Stream.filter(watch, ({ total }) => total === 250))
        )

        assert.strictEqual(picture.people.length, 200)
      })
    )
  )

  it.effect("brings a message to every socket of the users it is for, and to no other", () =>
    inTenant(
      Effect.gen(function* () {
        const { attend, send } = yield* Presence
        yield* attend(ada, "s1")
        yield* attend(bob, "s2")
        yield* until("Ada 1, Bob 1")
        const one = yield* listening("ada")
        const two = yield* listening("ada")
        const other = yield* listening("bob")
        yield* Effect.sleep("50 millis")

        yield* send(["ada"], "to ada")
        yield* send(["nobody"], "to nobody")
        yield* send(["ada", "bob"], "to both")
        yield* received(other, 1)

        assert.deepStrictEqual(yield* received(one, 2), ["to ada", "to both"])
        assert.deepStrictEqual(yield* received(two, 2), ["to ada", "to both"])
        assert.deepStrictEqual(yield* Ref.get(other), ["to both"])
      })
    )
  )

  it.effect("shows a tenant nobody of another one, nor what is said to the same user there", () =>
    Effect.gen(function* () {
      const mine = yield* tenant
      const theirs = yield* neighbour(mine)
      const { attend, send } = yield* Presence
      const inMine = as(mine)
      const inTheirs = as(theirs)
      yield* inMine(attend(ada, "s1"))
      yield* inTheirs(attend(bob, "s2"))
      yield* inMine(until("Ada 1"))
      yield* inTheirs(until("Bob 1"))
      const got = yield* inMine(listening("ada"))
      const foreign = yield* inTheirs(listening("ada"))
      yield* Effect.sleep("50 millis")

      yield* inMine(send(["ada"], "secret"))
      yield* received(got, 1)
      yield* inTheirs(send(["ada"], "ours"))
      yield* received(foreign, 1)

      assert.deepStrictEqual(yield* Ref.get(got), ["secret"])
      assert.deepStrictEqual(yield* Ref.get(foreign), ["ours"])
      yield* inMine(until("Ada 1"))
      yield* inTheirs(until("Bob 1"))
    }).pipe(Effect.scoped)
  )

  it.effect("forgets a replica that is silent, whose stream nobody ends", () =>
    Effect.gen(function* () {
      const tenantId = yield* tenant
      const { attend } = yield* Presence
      const client = yield* PresenceEntity.client
      const owner = client(String(Lanes.partitionOf(tenantId)))
      yield* as(tenantId)(attend(ada, "s1"))
      const people = [{ ...bob, sockets: 3 }]
      const joined = yield* Deferred.make<void>()
      yield* owner.Join({ tenantId, session: "silent", people }).pipe(
        Stream.runForEach(() => Deferred.succeed(joined, undefined)),
        Effect.forkScoped
      )
      yield* Deferred.await(joined)
      yield* as(tenantId)(until("Ada 1, Bob 3"))

      yield* as(tenantId)(until("Ada 1"))
      const isKnown = yield* owner.Announce({ tenantId, session: "silent", people })

      assert.isFalse(isKnown)
    }).pipe(Effect.scoped)
  )
})
