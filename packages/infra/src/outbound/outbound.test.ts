import { createServer, type RequestListener } from "node:http"
import { expect, it } from "@effect/vitest"
import { Context, Duration, Effect, Fiber, Layer, Ref } from "effect"
import { vi } from "vitest"
import { Outbound } from "./outbound.ts"

/** A real server on a port of the system's choice; `hits` counts requests, `dialled` connections. */
const serving = (listener: RequestListener) =>
  Effect.acquireRelease(
    Effect.async<{ port: number; hits: () => number; dialled: () => number; close: () => void }>((resume) => {
      let hits = 0
      let dialled = 0
      const server = createServer((request, response) => {
        hits += 1
        listener(request, response)
      })
      server.on("connection", () => {
        dialled += 1
      })
      server.listen(0, () => {
        const address = server.address()
        const port = address !== null && typeof address === "object" ? address.port : 0
        const close = () => {
          server.closeAllConnections()
          server.close()
        }
        resume(Effect.succeed({ port, hits: () => hits, dialled: () => dialled, close }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )

const using = (allow: ReadonlyArray<string>) =>
  Effect.map(Layer.build(Outbound.layer({ allow })), Context.get(Outbound))

const ok: RequestListener = (_, response) => response.end("ok")

it.scopedLive.each([
  "127.0.0.1",
  "[::ffff:127.0.0.1]",
  "[::1]",
  "0x7f.1",
  "2130706433",
  "127.1",
  "0.0.0.0",
  "localhost"
])("refuses http://%s before it dials", (host) =>
  Effect.gen(function* () {
    const server = yield* serving(ok)
    const outbound = yield* using([])

    const failure = yield* Effect.flip(
      outbound.request({ method: "POST", url: `http://${host}:${server.port}/`, body: "x" })
    )

    expect(failure.reason).toBe("refused-address")
    expect(server.dialled()).toBe(0)
  })
)

it.scopedLive("refuses the address of cloud metadata", () =>
  Effect.gen(function* () {
    const outbound = yield* using([])

    const failure = yield* Effect.flip(
      outbound.request({ method: "GET", url: "http://169.254.169.254/latest/meta-data" })
    )

    expect(failure.reason).toBe("refused-address")
  })
)

it.scopedLive("reaches an allowed origin, and neither its neighbour port nor another name of the host", () =>
  Effect.gen(function* () {
    const [server, neighbour] = [yield* serving(ok), yield* serving(ok)]
    const outbound = yield* using([`http://127.0.0.1:${server.port}`])
    const get = (url: string) => outbound.request({ method: "GET", url })

    const answer = yield* get(`http://127.0.0.1:${server.port}/hooks`)
    const refused = yield* Effect.forEach(
      [`http://127.0.0.1:${neighbour.port}/`, `http://localhost:${server.port}/`],
      (url) => Effect.flip(get(url))
    )

    expect(answer).toMatchObject({ status: 200, body: "ok" })
    expect(refused.map(({ reason }) => reason)).toEqual(["refused-address", "refused-address"])
  })
)

it.scopedLive("sends method, headers and body, and does not follow a redirect to the inside", () =>
  Effect.gen(function* () {
    const inside = yield* serving(ok)
    const seen: Array<unknown> = []
    const server = yield* serving((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk) => chunks.push(chunk))
      request.on("end", () => {
        seen.push({
          method: request.method,
          id: request.headers["webhook-id"],
          body: Buffer.concat(chunks).toString()
        })
        response
          .writeHead(302, { location: `http://127.0.0.1:${inside.port}/`, "set-cookie": ["a=1", "b=2"] })
          .end()
      })
    })
    const outbound = yield* using([`http://127.0.0.1:${server.port}`, `http://127.0.0.1:${inside.port}`])

    const answer = yield* outbound.request({
      method: "PUT",
      url: `http://127.0.0.1:${server.port}/`,
      headers: { "webhook-id": "m1" },
      body: "häy"
    })

    expect(seen).toEqual([{ method: "PUT", id: "m1", body: "häy" }])
    expect(answer.status).toBe(302)
    expect(answer.headers).toMatchObject({ "set-cookie": "a=1, b=2" })
    expect(inside.dialled()).toBe(0)
  })
)

it.scopedLive("gives up on a body that trickles, within the timeout, and hangs up", () =>
  Effect.gen(function* () {
    let closed = false
    const server = yield* serving((_, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write("x"), 20)
      response.on("close", () => {
        closed = true
        clearInterval(timer)
      })
    })
    const outbound = yield* using([`http://127.0.0.1:${server.port}`])

    const [took, failure] = yield* outbound
      .request({ method: "GET", url: `http://127.0.0.1:${server.port}/`, timeout: "300 millis" })
      .pipe(Effect.flip, Effect.timed)

    expect(failure.reason).toBe("timeout")
    expect(Duration.toMillis(took)).toBeLessThan(2_000)
    yield* Effect.repeat(Effect.sleep("10 millis"), { until: () => closed, times: 200 })
    expect(closed).toBe(true)
  })
)

it.scopedLive("keeps 64 KiB of an endless answer and hangs up, or fails where the whole is needed", () =>
  Effect.gen(function* () {
    let open = 0
    const server = yield* serving((_, response) => {
      open += 1
      const more = () => {
        while (!response.destroyed && response.write("y".repeat(16_384))) {}
      }
      response.on("drain", more).on("close", () => {
        open -= 1
      })
      more()
    })
    const outbound = yield* using([`http://127.0.0.1:${server.port}`])
    const url = `http://127.0.0.1:${server.port}/`

    const answer = yield* outbound.request({ method: "GET", url })
    const failure = yield* Effect.flip(outbound.request({ method: "GET", url, oversize: "fail" }))

    expect(answer.body).toBe("y".repeat(65_536))
    expect(failure.reason).toBe("too-large")
    yield* Effect.repeat(Effect.sleep("10 millis"), { until: () => open === 0, times: 200 })
    expect(open).toBe(0)
  })
)

it.scopedLive("calls what nobody listens on a failed connection", () =>
  Effect.gen(function* () {
    const server = yield* serving(ok)
    const url = `http://127.0.0.1:${server.port}`
    const outbound = yield* using([url])
    server.close()

    const failure = yield* Effect.flip(outbound.request({ method: "GET", url }))

    expect(failure.reason).toBe("connection")
  })
)

it.scopedLive.each(["nonsense", "ftp://example.com/", "file:///etc/passwd"])("refuses the URL %s", (url) =>
  Effect.gen(function* () {
    const outbound = yield* using([])

    expect((yield* Effect.flip(outbound.request({ method: "GET", url }))).reason).toBe("invalid-url")
  })
)

it.scopedLive("tries a provider again after 503 and answers with what came at last", () =>
  Effect.gen(function* () {
    const answers = [503, 429, 201]
    const server = yield* serving((_, response) => response.writeHead(answers.shift() ?? 500).end("done"))
    const url = `http://127.0.0.1:${server.port}/`
    const outbound = yield* using([url])

    expect(yield* outbound.call({ method: "PUT", url })).toMatchObject({ status: 201, body: "done" })
    expect(server.hits()).toBe(3)
  })
)

it.scopedLive("passes a 4xx on at once: it is an answer", () =>
  Effect.gen(function* () {
    const server = yield* serving((_, response) => response.writeHead(402).end())
    const url = `http://127.0.0.1:${server.port}/`
    const outbound = yield* using([url])

    expect(yield* outbound.call({ method: "PUT", url })).toMatchObject({ status: 402 })
    expect(server.hits()).toBe(1)
  })
)

it.scopedLive(
  "stops asking an origin after five failures in a row, lets one call try after 5 s, then closes",
  () =>
    Effect.gen(function* () {
      let status = 500
      const server = yield* serving((_, response) => response.writeHead(status).end())
      const other = yield* serving(ok)
      const url = `http://127.0.0.1:${server.port}/`
      const otherUrl = `http://127.0.0.1:${other.port}/`
      const outbound = yield* using([url, otherUrl])
      const call = outbound.call({ method: "GET", url }, { retries: 0 })
      const reason = Effect.map(Effect.flip(call), (failure) => failure.reason)
      yield* Effect.acquireRelease(
        Effect.sync(() => vi.useFakeTimers({ toFake: ["Date"] })),
        () => Effect.sync(() => vi.useRealTimers())
      )

      const reasons = yield* Effect.replicateEffect(reason, 6)
      expect(reasons).toEqual([...Array.from({ length: 5 }, () => "unavailable"), "circuit-open"])
      expect(server.hits()).toBe(5)
      expect(yield* outbound.call({ method: "GET", url: otherUrl })).toMatchObject({ status: 200 })

      vi.setSystemTime(Date.now() + 5_001)
      expect(yield* reason).toBe("unavailable")
      expect(yield* reason).toBe("circuit-open")

      status = 200
      vi.setSystemTime(Date.now() + 5_001)
      expect(yield* call).toMatchObject({ status: 200 })
      expect(server.hits()).toBe(7)
    })
)

it.scopedLive(
  "runs a guarded effect with its own context, and an interruption reaches it and does not count",
  () =>
    Effect.gen(function* () {
      const outbound = yield* using([])
      const guarded = outbound.breaker("somewhere")
      const interrupted = yield* Ref.make(0)
      const hanging = guarded(
        Effect.never.pipe(Effect.onInterrupt(() => Ref.update(interrupted, (n) => n + 1)))
      )

      for (let i = 0; i < 6; i += 1) {
        const fiber = yield* Effect.fork(hanging)
        yield* Effect.sleep("5 millis")
        yield* Fiber.interrupt(fiber)
      }

      expect(yield* guarded(Effect.succeed("through"))).toBe("through")
      yield* Effect.repeat(Effect.delay(Ref.get(interrupted), "5 millis"), {
        until: (n) => n === 6,
        times: 200
      })
      expect(yield* Ref.get(interrupted)).toBe(6)
    })
)
