import { EntityAddress, EntityType, MessageStorage, Reply, Snowflake } from "@effect/cluster"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, Ref } from "effect"
import { TestMessages } from "../../testing/test-messages.ts"
import { FreshReplies } from "./fresh-replies.ts"

type _Storage = MessageStorage.MessageStorage["Type"]

const _here = TestMessages.address("here", 1)
const _workflow = new EntityAddress.EntityAddress({
  ..._here,
  entityType: EntityType.EntityType.make("Workflow/Sample")
})

/** Whether somebody who asks for the reply of this request gets one at once, and which. */
const _asked = (storage: _Storage, id: number, address = _here) =>
  Effect.gen(function* () {
    const got = yield* Ref.make<ReadonlyArray<string>>([])
    const message = {
      ...TestMessages.request(id, address, new TestMessages.Plain({ text: "t" })),
      respond: (reply: { readonly _tag: string }) => Ref.update(got, (all) => [...all, reply._tag])
    }
    const fiber = yield* Effect.fork(storage.registerReplyHandler(message))
    yield* Effect.yieldNow()
    yield* Fiber.interrupt(fiber)
    return yield* Ref.get(got)
  })

/** Stores the reply as a storage does that keeps no handlers of its own. */
const _kept = Effect.map(MessageStorage.MessageStorage, (storage) => {
  const fresh = FreshReplies.make()
  const around = fresh.around({ ...storage, registerReplyHandler: () => Effect.never })
  const save = (id: number, exit: Exit.Exit<unknown>, characters = 10) => {
    const saved = around.saveReply(
      new Reply.ReplyWithContext({
        reply: new Reply.WithExit({
          requestId: TestMessages.id(id),
          id: Snowflake.Snowflake("1"),
          exit: exit as never
        }),
        context: Context.empty(),
        rpc: TestMessages.rpc
      })
    )
    return Effect.zipRight(fresh.weigh(TestMessages.id(id), characters), saved)
  }
  return { around, save }
}).pipe(Effect.provide(MessageStorage.layerNoop))

describe("a reply that was stored before somebody asked", () => {
  it.effect("is given at once, to everybody who asks", () =>
    Effect.gen(function* () {
      const { around, save } = yield* _kept
      yield* save(1, Exit.void)

      assert.deepStrictEqual(yield* _asked(around, 1), ["WithExit"])
      assert.deepStrictEqual(yield* _asked(around, 1), ["WithExit"])
      assert.deepStrictEqual(yield* _asked(around, 2), [])
    })
  )

  it.effect("is forgotten when it is cleared", () =>
    Effect.gen(function* () {
      const { around, save } = yield* _kept
      yield* save(1, Exit.void)
      yield* save(2, Exit.void)

      yield* around.clearReplies(TestMessages.id(1))
      assert.deepStrictEqual(yield* _asked(around, 1), [])
      assert.deepStrictEqual(yield* _asked(around, 2), ["WithExit"])

      yield* around.clearAddress(_here)
      assert.deepStrictEqual(yield* _asked(around, 2), [])
    })
  )

  it.effect("is for the table to give when it is a workflow's, or large", () =>
    Effect.gen(function* () {
      const { around, save } = yield* _kept
      yield* save(1, Exit.void)
      yield* save(2, Exit.succeed("long"), 4097)

      assert.deepStrictEqual(yield* _asked(around, 1, _workflow), [])
      assert.deepStrictEqual(yield* _asked(around, 2), [])
    })
  )

  it.effect("makes room for the next ones, the oldest first", () =>
    Effect.gen(function* () {
      const { around, save } = yield* _kept
      yield* Effect.forEach(
        Array.from({ length: 1025 }, (_, index) => index + 1),
        (id) => save(id, Exit.void),
        { discard: true }
      )

      assert.deepStrictEqual(yield* _asked(around, 1), [])
      assert.deepStrictEqual(yield* _asked(around, 2), ["WithExit"])
      assert.deepStrictEqual(yield* _asked(around, 1025), ["WithExit"])
    })
  )
})
