import { createServer, Socket } from "node:net"
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { GatheredWrites } from "./gathered-writes.ts"

/** Counts how often it hands something to the kernel. */
class CountingSocket extends Socket {
  calls = 0

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.calls += 1
    super._write(chunk, encoding, done)
  }

  override _writev(
    chunks: Array<{ chunk: Buffer; encoding: BufferEncoding }>,
    done: (error?: Error | null) => void
  ): void {
    this.calls += 1
    super._writev?.(chunks, done)
  }
}

type Pair = {
  readonly client: CountingSocket
  readonly received: Array<Buffer>
  readonly close: () => void
}

const pair = Effect.acquireRelease(
  Effect.async<Pair>((resume) => {
    const received: Array<Buffer> = []
    const server = createServer((socket) => socket.on("data", (data) => received.push(data)))
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      const client = new CountingSocket().setNoDelay(true)
      client.connect(port, "127.0.0.1", () =>
        resume(Effect.succeed({ client, received, close: () => server.close() }))
      )
    })
  }),
  ({ client, close }) =>
    Effect.sync(() => {
      client.destroy()
      close()
    })
)

const written = (client: Socket, text: string) =>
  Effect.async<void>((resume) => {
    client.write(text, () => resume(Effect.void))
  })

describe("GatheredWrites", () => {
  it.scopedLive("hands over what is written in one turn at once, in its order, and tells every writer", () =>
    Effect.gen(function* () {
      const { client, received } = yield* pair
      GatheredWrites.on(client)
      const frames = Array.from({ length: 200 }, (_, index) => `${index};`)

      yield* Effect.forEach(frames, (frame) => written(client, frame), { concurrency: "unbounded" })
      yield* written(client, "end")
      yield* Effect.repeat(Effect.sleep("5 millis"), {
        until: () => Buffer.concat(received).toString().endsWith("end")
      })

      expect(Buffer.concat(received).toString()).toBe(`${frames.join("")}end`)
      expect(client.calls).toBeLessThan(10)
    })
  )
})
