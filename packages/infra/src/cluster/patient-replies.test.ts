import { ClusterError, MessageStorage, type Reply } from "@effect/cluster"
import { assert, describe, it } from "@effect/vitest"
import { type Duration, Effect, Fiber, Layer, Ref, TestClock } from "effect"
import { PatientReplies } from "./patient-replies.ts"

/** Away for so many attempts. */
const _storage = (failures: number, attempts: Ref.Ref<number>) =>
  Layer.effect(
    MessageStorage.MessageStorage,
    Effect.map(MessageStorage.MessageStorage, (storage) =>
      MessageStorage.MessageStorage.of({
        ...storage,
        saveReply: () =>
          Ref.updateAndGet(attempts, (count) => count + 1).pipe(
            Effect.filterOrFail(
              (count) => count > failures,
              () => new ClusterError.PersistenceError({ cause: "the database is away" })
            ),
            Effect.asVoid
          )
      })
    )
  ).pipe(Layer.provide(MessageStorage.layerNoop))

const _reply = {} as unknown as Reply.ReplyWithContext<never>

const _saved = (failures: number, waiting: Duration.DurationInput) =>
  Effect.gen(function* () {
    const attempts = yield* Ref.make(0)
    const fiber = yield* Effect.flatMap(MessageStorage.MessageStorage, (storage) =>
      storage.saveReply(_reply)
    ).pipe(
      Effect.provide(PatientReplies.layer.pipe(Layer.provide(_storage(failures, attempts)))),
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

  it.effect("is given up after two minutes", () =>
    Effect.gen(function* () {
      const { attempts, exit } = yield* _saved(Number.POSITIVE_INFINITY, "3 minutes")

      assert.strictEqual(exit, "Failure")
      assert.isAtLeast(attempts, 200)
    })
  )
})
