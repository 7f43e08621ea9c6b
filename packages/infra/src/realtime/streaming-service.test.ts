import { type HttpServerResponse } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Chunk, Deferred, Effect, Fiber, Queue, Random, Ref, Stream, TestClock } from "effect"
import { StreamingService } from "./streaming-service.ts"

const event = (id: number, data = "{}"): StreamingService.Event => ({ id: String(id), event: "thing", data })

/** The stream itself: as a web response it would run on another runtime, with another clock. */
const body = ({ body }: HttpServerResponse.HttpServerResponse) =>
  Stream.decodeText(body._tag === "Stream" ? body.stream : Stream.empty, "utf-8")

describe("StreamingService.sse", () => {
  it.effect("begins with the pause before a reconnect and frames each event by id, name and data", () =>
    Effect.gen(function* () {
      const response = yield* StreamingService.sse(Stream.make(event(1, '{"a":1}'), event(2)))

      const text = yield* Stream.mkString(body(response))

      expect(text).toBe(
        'retry: 1000\n\nid: 1\nevent: thing\ndata: {"a":1}\n\nid: 2\nevent: thing\ndata: {}\n\n'
      )
      expect(response.headers).toMatchObject({
        "content-type": "text/event-stream",
        "cache-control": "no-cache, no-transform",
        "x-accel-buffering": "no"
      })
    }).pipe(Effect.withRandom(Random.fixed([1000])))
  )

  it.effect(
    "spreads the pauses before a reconnect: a lost replica's readers are not back at one moment",
    () =>
      Effect.gen(function* () {
        const response = yield* StreamingService.sse(Stream.empty)

        const texts = yield* Effect.replicateEffect(Stream.mkString(body(response)), 200)

        const millis = texts.map((text) => Number(/^retry: (\d+)\n\n$/.exec(text)?.[1]))
        const most = Math.max(
          ...millis.map((from) => millis.filter((one) => one >= from && one <= from + 250).length)
        )
        expect(Math.min(...millis)).toBeGreaterThanOrEqual(500)
        expect(Math.max(...millis)).toBeLessThan(2500)
        expect(most).toBeLessThan(60)
      }).pipe(Effect.withRandom(Random.make("readers")))
  )

  it.effect("keeps line breaks of the data inside its frame and lets an id not forge another field", () =>
    Effect.gen(function* () {
      const response = yield* StreamingService.sse(
        Stream.make({ id: "1\ndata: forged", event: "thing", data: "one\ntwo\r\nthree" })
      )

      const text = yield* Stream.mkString(body(response))

      expect(text).toBe(
        "retry: 1000\n\nid: 1data: forged\nevent: thing\ndata: one\ndata: two\ndata: three\n\n"
      )
    }).pipe(Effect.withRandom(Random.fixed([1000])))
  )

  it.effect("sends a heartbeat comment every 30 s while nothing happens", () =>
    Effect.gen(function* () {
      const response = yield* StreamingService.sse(Stream.never)
      const seen = yield* Ref.make("")
      yield* body(response).pipe(
        Stream.runForEach((text) => Ref.update(seen, (all) => all + text)),
        Effect.fork
      )

      yield* TestClock.adjust("29 seconds")
      const before = yield* Ref.get(seen)
      yield* TestClock.adjust("61 seconds")

      expect(before).not.toContain("heartbeat")
      expect((yield* Ref.get(seen)).match(/^: heartbeat$/gm)).toHaveLength(3)
    })
  )

  it.effect("drops the oldest for a slow client and says how many and after which id", () =>
    Effect.gen(function* () {
      const sent = yield* Deferred.make<void>()
      const source = Stream.range(1, 100).pipe(
        Stream.map((id) => event(id)),
        Stream.concat(Stream.drain(Stream.fromEffect(Deferred.succeed(sent, undefined))))
      )
      const response = yield* StreamingService.sse(source, { capacity: 4, heartbeat: "1 day" })
      const reads = yield* Queue.unbounded<string>()
      const mayRead = yield* Deferred.make<void>()

      const reader = yield* body(response).pipe(
        Stream.tap((text) => Queue.offer(reads, text)),
        Stream.tap((text) => Effect.when(Deferred.await(mayRead), () => text.startsWith("id"))),
        Stream.runDrain,
        Effect.fork
      )
      yield* Deferred.await(sent)
      yield* Deferred.succeed(mayRead, undefined)
      yield* Fiber.join(reader)

      const text = Chunk.join(yield* Queue.takeAll(reads), "")
      const missed = JSON.parse(/event: missed\ndata: (.*)\n/.exec(text)?.[1] ?? "{}")
      const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))
      expect(ids.at(-1)).toBe(100)
      expect(missed.count).toBe(100 - ids.length)
      expect(ids).toContain(Number(missed.after))
      expect(text).not.toContain(`id: ${Number(missed.after) + 1}\n`)
    })
  )

  it.effect("waits for a slow client where the source can be read later", () =>
    Effect.gen(function* () {
      const source = Stream.map(Stream.range(1, 1000), (id) => event(id))
      const response = yield* StreamingService.sse(source, { capacity: 4, whenSlow: "wait" })

      const text = yield* Stream.mkString(Stream.tap(body(response), () => Effect.yieldNow()))

      expect(text).not.toContain("missed")
      expect(text.match(/^id: /gm)).toHaveLength(1000)
    })
  )
})
