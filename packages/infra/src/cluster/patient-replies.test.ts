import { ClusterError, Message, MessageStorage, Reply, Snowflake } from "@effect/cluster"
import { type Rpc } from "@effect/rpc"
import { assert, describe, it } from "@effect/vitest"
import { type Duration, Effect, Fiber, Layer, Option, Ref, TestClock } from "effect"
import { PatientReplies } from "./patient-replies.ts"

type _Standing = { readonly _tag: "Chunk" | "WithExit" }

/** Takes no answer for so many attempts; `standing` are the replies that the request has already. */
const _storage = (failures: number, attempts: Ref.Ref<number>, standing: ReadonlyArray<_Standing>) =>
  Layer.effect(
    MessageStorage.MessageStorage,
    Effect.map(MessageStorage.MessageStorage, (storage) => {
      const saveReply = () =>
        Ref.updateAndGet(attempts, (count) => count + 1).pipe(
          Effect.filterOrFail(
            (count) => count > failures,
            () => new ClusterError.PersistenceError({ cause: "the database does not take it" })
          ),
          Effect.asVoid
        )
      // As every storage does: what it reads is answered by itself.
      const read = Effect.succeed([
        new Message.IncomingRequest({
          envelope: {} as never,
          lastSentReply: Option.none(),
          respond: saveReply
        })
      ])
      return MessageStorage.MessageStorage.of({
        ...storage,
        repliesForUnfiltered: () => Effect.succeed(standing as never),
        unprocessedMessages: () => read,
        unprocessedMessagesById: () => read,
        saveReply
      })
    })
  ).pipe(Layer.provide(MessageStorage.layerNoop))

/** By what an answer reaches the storage. */
const _ways = {
  handed: (storage: MessageStorage.MessageStorage["Type"]) => storage.saveReply(_reply),
  read: (storage: MessageStorage.MessageStorage["Type"]) =>
    Effect.flatMap(storage.unprocessedMessages([]), _respond),
  "read by id": (storage: MessageStorage.MessageStorage["Type"]) =>
    Effect.flatMap(storage.unprocessedMessagesById([]), _respond)
}

const _respond = (messages: ReadonlyArray<Message.Incoming<Rpc.Any>>) =>
  Effect.forEach(messages, (message) =>
    message._tag === "IncomingRequest" ? message.respond(_reply) : Effect.void
  )

const _reply = Reply.ReplyWithContext.fromDefect({
  id: Snowflake.Snowflake("9"),
  requestId: Snowflake.Snowflake("7"),
  defect: "any"
})

const _saved = (
  failures: number,
  waiting: Duration.DurationInput,
  standing: ReadonlyArray<_Standing> = [],
  way: keyof typeof _ways = "handed"
) =>
  Effect.gen(function* () {
    const attempts = yield* Ref.make(0)
    const fiber = yield* Effect.flatMap(MessageStorage.MessageStorage, _ways[way]).pipe(
      Effect.provide(PatientReplies.layer.pipe(Layer.provide(_storage(failures, attempts, standing)))),
      Effect.exit,
      Effect.fork
    )
    yield* TestClock.adjust(waiting)
    const exit = yield* Fiber.join(fiber)
    return { exit: exit._tag, attempts: yield* Ref.get(attempts) }
  })

describe("an answer", () => {
  it.effect("is kept until the database is back", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* _saved(20, "10 seconds"), { exit: "Success", attempts: 21 })
    })
  )

  it.effect("to a message that was read is kept as well", () =>
    Effect.gen(function* () {
      const kept = { exit: "Success", attempts: 21 }

      assert.deepStrictEqual(yield* _saved(20, "10 seconds", [], "read"), kept)
      assert.deepStrictEqual(yield* _saved(20, "10 seconds", [], "read by id"), kept)
    })
  )

  it.effect("is given up after two minutes", () =>
    Effect.gen(function* () {
      const { attempts, exit } = yield* _saved(Number.POSITIVE_INFINITY, "3 minutes")

      assert.strictEqual(exit, "Failure")
      assert.isAtLeast(attempts, 200)
    })
  )

  it.effect("counts as kept where another replica has ended the request", () =>
    Effect.gen(function* () {
      const ended = yield* _saved(Number.POSITIVE_INFINITY, 0, [{ _tag: "Chunk" }, { _tag: "WithExit" }])
      const going = yield* _saved(2, "1 second", [{ _tag: "Chunk" }])

      assert.deepStrictEqual(ended, { exit: "Success", attempts: 1 })
      assert.deepStrictEqual(going, { exit: "Success", attempts: 3 })
    })
  )
})
