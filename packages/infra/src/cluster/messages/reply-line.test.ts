import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, FiberSet, Option, Queue, Ref, Stream } from "effect"
import { EventLoop } from "../../storage/event-loop.ts"
import { ReplyLine } from "./reply-line.ts"
import { type ReplyRpcs } from "./reply-rpcs.ts"

type Call = {
  readonly ids: ReadonlyArray<string>
  readonly says: Queue.Queue<Exit.Exit<ReplyRpcs.Answer | null, unknown>>
}

const reply = (requestId: string) => ({
  _tag: "WithExit" as const,
  id: "1",
  requestId,
  exit: { _tag: "Success" }
})

const answer = (place: number, id: string) => Exit.succeed({ place, reply: reply(id) })
const asked = (id: string): ReplyRpcs.Asked => ({
  id,
  shard: "default:1",
  entityType: "Sample",
  entityId: "here"
})

/** A line to a runner that a test plays: `calls` are what it was asked, `ended` how many it was let go of. */
const line = Effect.gen(function* () {
  const calls = yield* Queue.unbounded<Call>()
  const ended = yield* Ref.make(0)
  const fork = yield* FiberSet.makeRuntime<never>()
  const call: ReplyLine.Call = (requests) =>
    Stream.unwrap(
      Effect.gen(function* () {
        const says = yield* Queue.unbounded<Exit.Exit<ReplyRpcs.Answer | null, unknown>>()
        yield* Queue.offer(calls, { ids: requests.map(({ id }) => id), says })
        return Stream.fromQueue(says).pipe(
          Stream.mapEffect((exit) => exit),
          Stream.ensuring(Ref.update(ended, (count) => count + 1))
        )
      })
    )
  return { ask: ReplyLine.make(call, fork), calls, ended }
})

const idOf = Option.map(({ requestId }: { readonly requestId: string }) => requestId)

describe("ReplyLine", () => {
  it.scopedLive("asks once for all who come in one turn, and gives each its own reply", () =>
    Effect.gen(function* () {
      const { ask, calls } = yield* line
      const replies = yield* Effect.fork(
        Effect.forEach(["a", "b", "c"], (id) => ask(asked(id)), { concurrency: "unbounded" })
      )

      const { ids, says } = yield* Queue.take(calls)
      yield* Queue.offerAll(says, [Exit.succeed(null), answer(2, "c"), answer(0, "a"), answer(1, "b")])

      assert.deepStrictEqual(ids, ["a", "b", "c"])
      assert.deepStrictEqual((yield* Fiber.join(replies)).map(idOf), ["a", "b", "c"].map(Option.some))
    })
  )

  it.scopedLive("keeps who comes meanwhile for the next call, which begins when the runner has heard", () =>
    Effect.gen(function* () {
      const { ask, calls } = yield* line
      yield* Effect.fork(ask(asked("a")))
      const first = yield* Queue.take(calls)
      yield* Effect.fork(Effect.forEach(["b", "c"], (id) => ask(asked(id)), { concurrency: "unbounded" }))
      yield* Effect.repeatN(EventLoop.turn, 5)
      const before = yield* Queue.size(calls)

      yield* Queue.offer(first.says, Exit.succeed(null))

      assert.strictEqual(before, 0)
      assert.deepStrictEqual((yield* Queue.take(calls)).ids, ["b", "c"])
    })
  )

  it.scopedLive("gives nobody a reply where the call breaks off, and goes on with the next", () =>
    Effect.gen(function* () {
      const { ask, calls } = yield* line
      const lost = yield* Effect.fork(
        Effect.forEach(["a", "b"], (id) => ask(asked(id)), { concurrency: "unbounded" })
      )
      const first = yield* Queue.take(calls)
      yield* Queue.offerAll(first.says, [answer(0, "a"), Exit.fail("gone")])

      assert.deepStrictEqual((yield* Fiber.join(lost)).map(idOf), [Option.some("a"), Option.none()])
      const next = yield* Effect.fork(ask(asked("c")))
      const second = yield* Queue.take(calls)
      yield* Queue.offer(second.says, answer(0, "c"))
      assert.deepStrictEqual(idOf(yield* Fiber.join(next)), Option.some("c"))
    })
  )

  it.scopedLive("lets go of a call whose last request was given up", () =>
    Effect.gen(function* () {
      const { ask, calls, ended } = yield* line
      const [a, b] = yield* Effect.all([Effect.fork(ask(asked("a"))), Effect.fork(ask(asked("b")))])
      yield* Queue.take(calls)

      yield* Fiber.interrupt(a)
      yield* Effect.repeatN(EventLoop.turn, 5)
      const afterOne = yield* Ref.get(ended)
      yield* Fiber.interrupt(b)

      assert.strictEqual(afterOne, 0)
      yield* Ref.get(ended).pipe(
        Effect.zipLeft(EventLoop.turn),
        Effect.repeat({ until: (count) => count === 1 }),
        Effect.timeout("1 second")
      )
    })
  )
})
