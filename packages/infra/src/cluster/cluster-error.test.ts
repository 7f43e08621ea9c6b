import {
  EntityAddress,
  EntityId,
  EntityType,
  RunnerAddress,
  ShardId,
  Snowflake,
  ClusterError as Stock
} from "@effect/cluster"
import { describe, expect, it } from "@effect/vitest"
import { Cause, Effect, Exit, Option, Schema } from "effect"
import { ClusterError } from "./cluster-error.ts"

const address = new EntityAddress.EntityAddress({
  shardId: ShardId.make("default", 1),
  entityType: EntityType.EntityType.make("Cart"),
  entityId: EntityId.make("7")
})
const runner = RunnerAddress.make("10.0.0.1", 34431)
const cause = new Error("secret detail")

const all: ReadonlyArray<readonly [ClusterError.Stock, ClusterError.Reason, string | null]> = [
  [new Stock.MailboxFull({ address }), "MailboxFull", "Cart/7"],
  [
    new Stock.AlreadyProcessingMessage({ envelopeId: Snowflake.Snowflake("1"), address }),
    "AlreadyProcessing",
    "Cart/7"
  ],
  [new Stock.PersistenceError({ cause }), "Persistence", null],
  [new Stock.RunnerUnavailable({ address: runner }), "RunnerUnavailable", "10.0.0.1:34431"],
  [new Stock.EntityNotAssignedToRunner({ address }), "NotAssigned", "Cart/7"],
  [new Stock.MalformedMessage({ cause }), "Malformed", null],
  [new Stock.RunnerNotRegistered({ address: runner }), "NotRegistered", "10.0.0.1:34431"],
  [new Cause.TimeoutException(), "Timeout", null]
]

const encode = Schema.encodeSync(Schema.parseJson(ClusterError))
const decode = Schema.decodeSync(Schema.parseJson(ClusterError))
const named = all.map(([error, reason, entity]) => [error._tag, error, reason, entity] as const)

class Refused extends Schema.TaggedError<Refused>()("Cart.Refused", {}) {}

describe("ClusterError", () => {
  it.each(named)("names %s by its reason and whom it was for", (_, error, reason, entity) => {
    const ours = ClusterError.from(error)

    expect([ours.reason, ours.entity]).toEqual([reason, entity])
    expect(ours.message).not.toBe("")
    expect(encode(ours)).not.toContain("secret detail")
  })

  it.each(named)("comes back from the wire as it was, made of %s", (_, error) => {
    const ours = ClusterError.from(error)

    expect(decode(encode(ours))).toEqual(ours)
  })

  it("can be every reason on the wire", () => {
    const back = ClusterError.Reason.literals.map((reason) => decode(encode(ClusterError.of(reason))).reason)

    expect(back).toEqual([...ClusterError.Reason.literals])
  })

  it.effect.each(named)(
    "takes the place of %s in the call of a client, failed or died",
    ([, error, reason]) =>
      Effect.gen(function* () {
        const failed = yield* Effect.flip(ClusterError.refine(Effect.fail(error)))
        const died = yield* Effect.flip(ClusterError.refine(Effect.die(error)))

        expect([failed.reason, died.reason]).toEqual([reason, reason])
      })
  )

  it.effect("knows an error by its tag alone, as another copy of the library would make it", () =>
    Effect.gen(function* () {
      const lookalike = Object.assign(new Error("x"), { _tag: "MailboxFull" as const, address })

      const died = yield* Effect.flip(ClusterError.refine(Effect.die(lookalike)))

      expect(died.reason).toBe("MailboxFull")
    })
  )

  it.effect("leaves alone what the entity itself answers, and defects of our own", () =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(ClusterError.refine(Effect.fail(new Refused())))
      const died = yield* Effect.exit(ClusterError.refine(Effect.die("a bug")))

      expect(refused._tag).toBe("Cart.Refused")
      expect(Exit.match(died, { onFailure: Cause.squash, onSuccess: () => null })).toBe("a bug")
      expect(Option.isNone(ClusterError.find({ _tag: "toString" }))).toBe(true)
    })
  )

  it.effect("takes the place of a deadline around the call", () =>
    Effect.gen(function* () {
      const late = yield* Effect.never.pipe(Effect.timeout(0), ClusterError.refine, Effect.flip)

      expect(late.reason).toBe("Timeout")
    })
  )
})
