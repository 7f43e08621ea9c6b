import { randomBytes } from "node:crypto"
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type RequestListener } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { describe, expect, it } from "@effect/vitest"
import { Chunk, DateTime, Deferred, Duration, Effect, Fiber, Metric, MetricState, Stream } from "effect"
import { build } from "esbuild"
import { writeXlsx } from "hucre"
import { afterAll, beforeAll } from "vitest"
import { WorkerPool } from "./worker-pool.ts"

const folder = mkdtempSync(join(tmpdir(), "worker-pool-"))
const workerUrl = pathToFileURL(join(folder, "parse-worker.js"))
const header = "sku,name\n"
const rows = (count: number) =>
  Array.from({ length: count }, (_, index) => `S${index},name ${index}\n`).join("")

/** What the URLs answer; a test adds its own. */
const answers = new Map<string, RequestListener>()
const answer = (listener: RequestListener): string => {
  const path = `/${randomBytes(6).toString("hex")}`
  answers.set(path, listener)
  return `${origin}${path}`
}
const serve = (content: string | Uint8Array) =>
  answer((_, response) => response.setHeader("content-length", Buffer.byteLength(content)).end(content))
const server = createServer((request, response) => {
  const listener = answers.get(request.url ?? "")
  return listener === undefined ? response.writeHead(404).end() : listener(request, response)
})
let origin = ""

const bundled = Effect.promise(() =>
  build({
    entryPoints: [join(import.meta.dirname, "parse-worker.ts")],
    outfile: join(folder, "parse-worker.js"),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url)'
    },
    logLevel: "error"
  })
)

const listening = Effect.async<string>((resume) => {
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    resume(Effect.succeed(typeof address === "object" ? `http://127.0.0.1:${address?.port}` : ""))
  })
})

beforeAll(
  () =>
    Effect.gen(function* () {
      yield* bundled
      writeFileSync(join(folder, "package.json"), '{"type":"module"}')
      origin = yield* listening
    }).pipe(Effect.runPromise),
  60_000
)

afterAll(() => {
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true })
})

const withPool = <A, E>(
  options: Partial<WorkerPool.Options>,
  use: (pool: WorkerPool.Shape) => Effect.Effect<A, E>
) =>
  Effect.flatMap(WorkerPool, use).pipe(Effect.provide(WorkerPool.layer({ workerUrl, size: 1, ...options })))

const count = (stream: Stream.Stream<WorkerPool.Progress, WorkerPool.Failure>) =>
  Stream.runFold(stream, 0, (sum, progress) => sum + (progress._tag === "Rows" ? progress.rows.length : 0))

const gauge = (name: string) =>
  Effect.map(Metric.snapshot, (pairs) =>
    pairs.flatMap(({ metricKey, metricState }) =>
      metricKey.name === name && MetricState.isGaugeState(metricState) ? [metricState.value] : []
    )
  )

describe("the worker pool", () => {
  it.live("parses text and workbooks from their URL", () =>
    withPool({}, (pool) =>
      Effect.gen(function* () {
        const bytes = yield* Effect.promise(() =>
          writeXlsx({
            sheets: [
              {
                name: "S",
                rows: [
                  ["sku", "day"],
                  ["A", DateTime.toDateUtc(DateTime.unsafeMake(0))],
                  [7, null]
                ]
              }
            ]
          })
        )

        const text = Chunk.toReadonlyArray(
          yield* Stream.runCollect(pool.parse({ url: serve(`${header}A,1\n`) }))
        )
        const workbook = Chunk.toReadonlyArray(yield* Stream.runCollect(pool.parse({ url: serve(bytes) })))

        expect(text).toEqual([
          { _tag: "Header", columns: ["sku", "name"] },
          {
            _tag: "Rows",
            rows: [{ index: 2, cells: ["A", "1"] }],
            bytesRead: 13,
            totalBytes: 13,
            rowsRead: 1
          }
        ])
        expect(workbook[1]).toMatchObject({
          rows: [
            { index: 2, cells: ["A", "1970-01-01T00:00:00.000Z"] },
            { index: 3, cells: [7, null] }
          ]
        })
      })
    )
  )

  it.live("tells what is wrong with a file, and goes on with the next", () =>
    withPool({}, (pool) =>
      Effect.gen(function* () {
        const broken = yield* Effect.flip(count(pool.parse({ url: serve('a,b\n1,"2\n') })))
        const missing = yield* Effect.flip(count(pool.parse({ url: `${origin}/missing` })))
        const nobody = yield* Effect.flip(count(pool.parse({ url: "http://127.0.0.1:1/secret" })))
        const cut = yield* Effect.flip(
          count(
            pool.parse({
              url: answer((_, response) => {
                response.setHeader("content-length", 1000)
                response.write(`${header}A,1\n`, () => response.destroy())
              })
            })
          )
        )

        expect(broken).toMatchObject({ _tag: "Workers.ParseError", reason: "Malformed", row: 2 })
        expect([missing, nobody, cut].map((error) => "reason" in error && error.reason)).toEqual([
          "Unreachable",
          "Unreachable",
          "Unreachable"
        ])
        expect(nobody.message).not.toContain("secret")
        expect(yield* count(pool.parse({ url: serve(header + rows(1_000)) }))).toBe(1_000)
      })
    )
  )

  it.live("emits rows before the last byte is there", () =>
    withPool({}, (pool) =>
      Effect.gen(function* () {
        const first = yield* Deferred.make<number>()
        const url = answer((_, response) => {
          response.write(header + rows(500))
          Effect.runFork(
            Effect.andThen(
              Deferred.await(first),
              Effect.sync(() => response.end(rows(100)))
            )
          )
        })

        const total = yield* count(
          pool
            .parse({ url, batchSize: 50 })
            .pipe(
              Stream.tap((progress) =>
                progress._tag === "Rows" ? Deferred.succeed(first, progress.rowsRead) : Effect.void
              )
            )
        )

        expect(yield* Deferred.await(first)).toBe(50)
        expect(total).toBe(600)
      })
    )
  )

  it.live("does not run ahead of a slow consumer", () =>
    withPool({}, (pool) =>
      Effect.gen(function* () {
        let sent = 0
        const piece = header + rows(5_000)
        const url = answer((_, response) => {
          const more = () => {
            while (sent < 400 && response.write(piece)) sent += 1
            if (sent < 400)
              response.once("drain", () => {
                sent += 1
                more()
              })
            else response.end()
          }
          more()
        })

        const [soon, later] = yield* pool.parse({ url }).pipe(
          Stream.take(2),
          // The parser has all the time it wants to fill whatever is not bounded.
          Stream.mapEffect(() => Effect.as(Effect.sleep("500 millis"), undefined)),
          Stream.map(() => sent),
          Stream.runCollect,
          Effect.map(Chunk.toReadonlyArray)
        )

        expect(soon).toBeGreaterThan(0)
        expect(later).toBe(soon)
      })
    )
  )

  it.live("stops the parser when the consumer has enough or is interrupted, and frees the worker", () =>
    withPool({}, (pool) =>
      Effect.gen(function* () {
        const closed = yield* Effect.all([Deferred.make<void>(), Deferred.make<void>()])
        const endless = (index: 0 | 1) =>
          answer((_, response) => {
            response.on("close", () => Effect.runFork(Deferred.succeed(closed[index], undefined)))
            const more = () => {
              while (!response.closed && response.write(rows(1_000)));
              response.once("drain", more)
            }
            response.write(header)
            more()
          })
        const started = yield* Deferred.make<void>()

        yield* pool.parse({ url: endless(0) }).pipe(Stream.take(3), Stream.runDrain)
        yield* Deferred.await(closed[0])
        const reading = yield* pool.parse({ url: endless(1) }).pipe(
          Stream.runForEach(() => Deferred.succeed(started, undefined)),
          Effect.fork
        )
        yield* Deferred.await(started)
        yield* Fiber.interrupt(reading)
        yield* Deferred.await(closed[1])

        const asked = yield* Deferred.make<void>()
        const silent = answer(() => Effect.runFork(Deferred.succeed(asked, undefined)))
        const fetching = yield* Effect.fork(count(pool.parse({ url: silent })))
        yield* Deferred.await(asked)
        const [took] = yield* Effect.timed(Fiber.interrupt(fetching))

        expect(Duration.toMillis(took)).toBeLessThan(1_000)
        expect(yield* count(pool.parse({ url: serve(header + rows(10)) }))).toBe(10)
      })
    ).pipe(Effect.timeout("20 seconds"))
  )

  it.live("gives up on a silent file, and not on one that waits in line", () =>
    withPool({ idleTimeout: "300 millis" }, (pool) =>
      Effect.gen(function* () {
        const url = answer((_, response) => void response.write(header))

        const [silent, waiting] = yield* Effect.all(
          [Effect.flip(count(pool.parse({ url }))), count(pool.parse({ url: serve(header + rows(5)) }))],
          { concurrency: 2 }
        )

        expect(silent).toMatchObject({ _tag: "Workers.Timeout", idleMillis: 300 })
        expect(waiting).toBe(5)
      })
    )
  )

  it.live("reports a worker that dies, and replaces it", () =>
    Effect.gen(function* () {
      const dying = join(folder, "dying.js")
      const once = join(folder, "once")
      // Dies at the first file that it sees, and is a real worker from then on.
      writeFileSync(
        dying,
        `import { existsSync, writeFileSync } from "node:fs"
import { parentPort } from "node:worker_threads"
if (existsSync(${JSON.stringify(once)})) await import(${JSON.stringify(workerUrl.href)})
else {
  parentPort.postMessage([0])
  parentPort.on("message", () => { writeFileSync(${JSON.stringify(once)}, ""); process.exit(3) })
}`
      )
      yield* withPool({ workerUrl: pathToFileURL(dying) }, (pool) =>
        Effect.gen(function* () {
          const [failure, next] = yield* Effect.all(
            [
              Effect.flip(count(pool.parse({ url: serve(header) }))),
              count(pool.parse({ url: serve(header + rows(10)) }))
            ],
            { concurrency: 2 }
          )

          expect(failure._tag).toBe("Workers.Crash")
          expect(next).toBe(10)
        })
      )
    }).pipe(Effect.timeout("20 seconds"))
  )

  it.live("kills a worker that does not answer, and replaces it", () =>
    Effect.gen(function* () {
      const stuck = join(folder, "stuck.js")
      writeFileSync(
        stuck,
        `import { parentPort } from "node:worker_threads"
parentPort.postMessage([0])
parentPort.on("message", ([kind, message]) => { if (kind === 1) process.exit(0); if (message && message[2] && message[2]._tag === "ParseFile") while (true); })`
      )
      yield* withPool(
        { workerUrl: pathToFileURL(stuck), idleTimeout: "200 millis", grace: "200 millis" },
        (pool) =>
          Effect.gen(function* () {
            const parse = Effect.flip(count(pool.parse({ url: "http://127.0.0.1:1/" })))
            const [duration, first] = yield* Effect.timed(parse)
            const second = yield* parse

            expect([first._tag, second._tag]).toEqual(["Workers.Timeout", "Workers.Timeout"])
            expect(Duration.toMillis(duration)).toBeLessThan(4_000)
          })
      )
    })
  )

  it.live("serves in the order of asking, over all workers, and counts", () =>
    withPool({ size: 2 }, (pool) =>
      Effect.gen(function* () {
        const order: Array<number> = []
        const gate = yield* Deferred.make<void>()
        const url = (index: number) =>
          answer((_, response) => {
            order.push(index)
            Effect.runFork(
              Effect.andThen(
                Deferred.await(gate),
                Effect.sync(() => response.end(header + rows(3)))
              )
            )
          })
        const parses = yield* Effect.forEach([0, 1, 2, 3, 4], (index) =>
          count(pool.parse({ url: url(index) })).pipe(Effect.fork, Effect.zipLeft(Effect.yieldNow()))
        )
        yield* Effect.repeat(Effect.sleep("10 millis"), { until: () => order.length === 2 })

        expect(yield* gauge("workers_active")).toEqual([2])
        expect(yield* gauge("workers_queue_depth")).toEqual([3])
        yield* Deferred.succeed(gate, undefined)
        expect(yield* Fiber.joinAll(parses)).toEqual([3, 3, 3, 3, 3])
        expect([...order.slice(0, 2).sort(), ...order.slice(2).sort()]).toEqual([0, 1, 2, 3, 4])
        expect(yield* gauge("workers_active")).toEqual([0])
        expect(yield* gauge("workers_queue_depth")).toEqual([0])
      })
    )
  )

  it.live("leaves no spooled file behind, not even of a killed parse", () =>
    withPool({ idleTimeout: "300 millis" }, (pool) =>
      Effect.gen(function* () {
        const spooled = () => readdirSync(tmpdir()).filter((name) => name.startsWith("tessera-import-"))
        const url = answer(
          (_, response) => void response.write(Buffer.concat([Buffer.from("PK\x03\x04"), randomBytes(3e6)]))
        )

        const failure = yield* Effect.flip(count(pool.parse({ url })))

        expect(failure._tag).toBe("Workers.Timeout")
        expect(spooled()).toEqual([])
      })
    )
  )

  it.live("fails to start when there is no worker to start", () =>
    Effect.gen(function* () {
      const failure = yield* withPool(
        { workerUrl: new URL("file:///nowhere/worker.js") },
        () => Effect.void
      ).pipe(Effect.flip)
      expect(failure._tag).toBe("Workers.Crash")
    })
  )
})
