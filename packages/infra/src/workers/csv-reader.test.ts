import { NodeFileSystem } from "@effect/platform-node"
import { describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Queue, Stream } from "effect"
import { ParseError } from "./parse-error.ts"
import { ReadRows } from "./read-rows.ts"
import { type RowSource } from "./row-source.ts"

/** The bytes arrive in pieces of `size`, so that every boundary is met. */
const pieces = (content: Uint8Array, size = 7): Stream.Stream<Uint8Array> =>
  Stream.fromIterable(
    Array.from({ length: Math.ceil(content.length / size) }, (_, index) =>
      content.subarray(index * size, (index + 1) * size)
    )
  )

const events = (content: string | Uint8Array, options: RowSource.Options = {}) => {
  const seen: Array<RowSource.Event> = []
  return ReadRows.fromBytes(pieces(Buffer.from(content)), { ...options, totalBytes: null }).pipe(
    Stream.runForEach((event) => Effect.sync(() => seen.push(event))),
    Effect.either,
    Effect.map((outcome) => ({
      columns: seen.flatMap((event) => (event._tag === "Header" ? event.columns : [])),
      rows: seen.flatMap((event) => (event._tag === "Rows" ? event.rows : [])),
      error: outcome._tag === "Left" ? outcome.left : undefined
    })),
    Effect.provide(NodeFileSystem.layer)
  )
}

describe("a text table", () => {
  it.effect.each([
    { by: "commas", text: "sku,name\r\nA,1\r\n" },
    { by: "semicolons", text: "sku;name\nA;1" },
    { by: "semicolons, with quotes", text: 'sku;"name"\nA;1' },
    { by: "tabs", text: "sku\tname\nA\t1\n" },
    { by: "bars, with old line ends", text: "sku|name\rA|1\r" }
  ])("may be separated by $by", ({ text }) =>
    Effect.gen(function* () {
      expect(yield* events(text)).toEqual({
        columns: ["sku", "name"],
        rows: [{ index: 2, cells: ["A", "1"] }],
        error: undefined
      })
    })
  )

  it.effect("may hold delimiters, quotes and line breaks inside quotes", () =>
    Effect.gen(function* () {
      const { rows } = yield* events('a,b\n"x, ""y""\r\nz",2\n"1;2;3;4",3\n')
      expect(rows).toEqual([
        { index: 2, cells: ['x, "y"\r\nz', "2"] },
        { index: 3, cells: ["1;2;3;4", "3"] }
      ])
    })
  )

  it.effect("may be ragged, have blank rows and a mark at its beginning", () =>
    Effect.gen(function* () {
      const { columns, rows } = yield* events("\uFEFFa,b,c\n1\n\n,,\n1,2,3,4\n")
      expect(columns).toEqual(["a", "b", "c"])
      expect(rows).toEqual([
        { index: 2, cells: ["1", null, null] },
        { index: 5, cells: ["1", "2", "3", "4"] }
      ])
    })
  )

  it.effect("is read in the encoding it is in", () =>
    Effect.gen(function* () {
      const text = "näme;Preis €\nMüller;10\n"
      const utf16 = Buffer.from(`\uFEFF${text}`, "utf16le")
      const windows = Buffer.from("n\xe4me;Preis \x80\nM\xfcller;10\n", "latin1")
      const results = yield* Effect.all([events(text), events(utf16), events(windows)])
      expect(results).toEqual(
        Array.from({ length: 3 }, () => ({
          columns: ["näme", "Preis €"],
          rows: [{ index: 2, cells: ["Müller", "10"] }],
          error: undefined
        }))
      )
    })
  )

  it.effect("names the row of a broken quote and keeps the rows before it", () =>
    Effect.gen(function* () {
      const unclosed = yield* events('a,b\n1,2\n3,"4\n5,6\n')
      const stray = yield* events('a,b\n1,2\n3,x"4\n5,6\n')
      expect(unclosed.rows).toEqual([{ index: 2, cells: ["1", "2"] }])
      expect(unclosed.error).toMatchObject({ _tag: "Workers.ParseError", reason: "Malformed", row: 3 })
      expect(stray.rows).toEqual([{ index: 2, cells: ["1", "2"] }])
      expect(stray.error).toMatchObject({ reason: "Malformed", row: 3 })
    })
  )

  it.effect("is refused when it is empty, too wide, or one endless row", () =>
    Effect.gen(function* () {
      const results = yield* Effect.all([
        events(""),
        events("\n\n"),
        events("a,b\n1,2,3,4\n", { limits: { columns: 3 } }),
        events(`a,b\n1,"${"x".repeat(5_000)}`, { limits: { rowBytes: 1_000 } })
      ])
      expect(results.map(({ error }) => error?.reason)).toEqual(["Empty", "Empty", "TooLarge", "Malformed"])
    })
  )

  it.effect("of only a header has no rows and no error", () =>
    Effect.gen(function* () {
      expect(yield* events("sku,name")).toEqual({ columns: ["sku", "name"], rows: [], error: undefined })
    })
  )

  it.effect("is read while it is still arriving", () =>
    Effect.gen(function* () {
      const arriving = yield* Queue.unbounded<Uint8Array>()
      const first = yield* Deferred.make<RowSource.Event>()
      yield* arriving.offer(Buffer.from(`a,b\n${"1,2\n".repeat(300)}`))
      const reading = yield* ReadRows.fromBytes(Stream.fromQueue(arriving), { totalBytes: null }).pipe(
        Stream.filter((event) => event._tag === "Rows"),
        Stream.runForEach((event) => Deferred.succeed(first, event)),
        Effect.provide(NodeFileSystem.layer),
        Effect.fork
      )

      const batch = yield* Deferred.await(first)

      expect(batch).toMatchObject({ rowsRead: 200 })
      yield* Fiber.interrupt(reading)
    })
  )

  it.effect("gives the rows that had arrived when the connection breaks", () =>
    Effect.gen(function* () {
      const seen: Array<RowSource.Event> = []
      const lost = new ParseError({ reason: "Unreachable", message: "connection lost" })
      const broken = Stream.concat(pieces(Buffer.from("a,b\n1,2\n3,and then")), Stream.fail(lost))

      const error = yield* ReadRows.fromBytes(broken, { totalBytes: 100 }).pipe(
        Stream.runForEach((event) => Effect.sync(() => seen.push(event))),
        Effect.flip,
        Effect.provide(NodeFileSystem.layer)
      )

      expect(error).toBe(lost)
      expect(seen.flatMap((event) => (event._tag === "Rows" ? event.rows : []))).toEqual([
        { index: 2, cells: ["1", "2"] }
      ])
    })
  )
})
