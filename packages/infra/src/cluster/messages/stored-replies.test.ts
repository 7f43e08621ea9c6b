import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Option } from "effect"
import { StoredReplies } from "./stored-replies.ts"

const exit = (requestId: string) =>
  ({ _tag: "WithExit", id: "1", requestId, exit: { _tag: "Success", value: undefined } }) as never

const chunk = (requestId: string) =>
  ({ _tag: "Chunk", id: "1", requestId, sequence: 0, values: ["a"] }) as never

const asked = (id: string, entityType = "Sample") => ({ id, entityType })

const fresh = Effect.scoped(
  Effect.map(Layer.build(StoredReplies.layer), (built) => Context.get(built, StoredReplies))
)

/** Ids of the replies that who asks now is told, and what asks no longer. */
const asking = (stored: StoredReplies.Shape, ...one: Parameters<typeof asked>) => {
  const told: Array<string> = []
  const end = stored.listen(asked(...one), ({ requestId }) => told.push(requestId))
  return { told, end }
}

describe("StoredReplies", () => {
  it.effect("tells everybody who waits, once", () =>
    Effect.gen(function* () {
      const stored = yield* fresh
      const [first, second, other] = [asking(stored, "1"), asking(stored, "1"), asking(stored, "2")]

      stored.put(exit("1"), 10)
      stored.put(exit("1"), 10)

      assert.deepStrictEqual([first.told, second.told, other.told], [["1"], ["1"], []])
    })
  )

  it.effect("tells who asks late at once", () =>
    Effect.gen(function* () {
      const stored = yield* fresh
      stored.put(exit("1"), 10)

      assert.deepStrictEqual(asking(stored, "1").told, ["1"])
      assert.deepStrictEqual(asking(stored, "1").told, ["1"])
    })
  )

  it.effect("tells nobody who has gone", () =>
    Effect.gen(function* () {
      const stored = yield* fresh
      const { end, told } = asking(stored, "1")

      end()
      stored.put(exit("1"), 10)

      assert.deepStrictEqual(told, [])
    })
  )

  it.effect("keeps no chunk, nothing long, and 1,024 replies at most", () =>
    Effect.gen(function* () {
      const stored = yield* fresh
      stored.put(chunk("chunk"), 10)
      stored.put(exit("long"), 5000)
      Array.from({ length: 1025 }, (_, index) => stored.put(exit(`${index}`), 10))

      assert.deepStrictEqual(
        ["chunk", "long", "0", "1", "1024"].map((id) => asking(stored, id).told.length),
        [0, 0, 0, 1, 1]
      )
    })
  )

  it.effect("forgets what is cleared, and never speaks for a workflow from memory", () =>
    Effect.gen(function* () {
      const stored = yield* fresh
      Array.from(["1", "2", "3"], (id) => stored.put(exit(id), 10))

      stored.forget(Option.some("1"))
      const afterOne = ["1", "2"].map((id) => asking(stored, id).told.length)
      const ofWorkflow = asking(stored, "2", "Workflow/Sample")
      stored.forget(Option.none())

      assert.deepStrictEqual(afterOne, [0, 1])
      assert.deepStrictEqual(ofWorkflow.told, [])
      assert.deepStrictEqual(asking(stored, "3").told, [])
      stored.put(exit("2"), 10)
      assert.deepStrictEqual(ofWorkflow.told, ["2"])
    })
  )
})
