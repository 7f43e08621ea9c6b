import { createHash } from "node:crypto"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { HttpServer } from "@effect/platform"
import { NodeFileSystem, NodeHttpServer } from "@effect/platform-node"
import { describe, expect, it } from "@effect/vitest"
import { Chunk, Effect, Layer, Option, Redacted, Stream, TestClock } from "effect"
import { afterAll } from "vitest"
import { ObjectRoute } from "./object-route.ts"
import { ObjectStore } from "./object-store.ts"

const folder = mkdtempSync(join(tmpdir(), "object-store-"))
afterAll(() => rmSync(folder, { recursive: true }))

const store = (baseUrl = "http://localhost:8080/", secret = "a secret") =>
  ObjectStore.layerFolder({ folder, baseUrl, secret: Redacted.make(secret), maxBytes: 1_000_000 }).pipe(
    Layer.provide(NodeFileSystem.layer)
  )
const bytes = (...pieces: ReadonlyArray<string>) =>
  Stream.fromIterable(pieces.map((piece): Uint8Array => Buffer.from(piece)))
const textOf = (objects: ObjectStore.Shape, key: string) =>
  Effect.map(Stream.runCollect(objects.read(key)), (chunks) =>
    Buffer.concat(Chunk.toArray(chunks)).toString()
  )
const altered = (url: URL, change: (copy: URL) => void) => {
  const copy = new URL(url)
  change(copy)
  return copy
}

describe("the folder store", () => {
  it.effect("keeps what it is given, and says how much it was", () =>
    Effect.gen(function* () {
      const objects = yield* ObjectStore

      const stored = yield* objects.put("imports/1/file.csv", bytes("hello ", "world"))

      expect(stored).toEqual({ bytes: 11, sha256: createHash("sha256").update("hello world").digest("hex") })
      expect(yield* textOf(objects, "imports/1/file.csv")).toBe("hello world")
      expect(yield* objects.size("imports/1/file.csv")).toBe(11)
      yield* objects.put("imports/1/file.csv", bytes("again"))
      expect(yield* textOf(objects, "imports/1/file.csv")).toBe("again")
      yield* objects.remove("imports/1/file.csv")
      yield* objects.remove("imports/1/file.csv")
      expect(yield* Effect.flip(textOf(objects, "imports/1/file.csv"))).toMatchObject({
        _tag: "ObjectStore.NotFound"
      })
    }).pipe(Effect.provide(store()))
  )

  it.effect("shows and leaves nothing of an upload that breaks or is too large", () =>
    Effect.gen(function* () {
      const objects = yield* ObjectStore

      const large = yield* Effect.flip(objects.put("a", bytes("12345", "67890"), { maxBytes: 9 }))
      const broken = yield* Effect.flip(objects.put("a", Stream.concat(bytes("123"), Stream.fail("gone"))))

      expect(large).toMatchObject({ _tag: "ObjectStore.TooLarge", maxBytes: 9 })
      expect(broken).toBe("gone")
      expect((yield* Effect.flip(objects.size("a")))._tag).toBe("ObjectStore.NotFound")
      expect(readdirSync(join(folder, ".incoming"))).toEqual([])
      expect((yield* objects.put("a", bytes("123456789"), { maxBytes: 9 })).bytes).toBe(9)
    }).pipe(Effect.provide(store()))
  )

  it.effect.each([
    "../a",
    "a/../b",
    "/etc/passwd",
    "a//b",
    ".incoming/x",
    "a/.hidden",
    "",
    "a\\b",
    "a\n",
    "a/%2e%2e"
  ])("dies of the key %j", (key) =>
    Effect.gen(function* () {
      const objects = yield* ObjectStore
      const exits = yield* Effect.all([
        Effect.sandbox(objects.put(key, bytes("x"))).pipe(Effect.flip),
        Effect.sandbox(objects.presign(key, "1 minute")).pipe(Effect.flip),
        Effect.sandbox(objects.remove(key)).pipe(Effect.flip)
      ])
      expect(exits.map(({ _tag }) => _tag)).toEqual(["Die", "Die", "Die"])
    }).pipe(Effect.provide(store()))
  )

  it.effect("admits to a key only what it signed, and only in time", () =>
    Effect.gen(function* () {
      const objects = yield* ObjectStore
      const url = yield* objects.presign("imports/1/file.csv", "1 minute")
      const forged = yield* Effect.flatMap(ObjectStore, (other) =>
        other.presign("imports/1/file.csv", "1 minute")
      ).pipe(Effect.provide(store(undefined, "another secret")))
      const tampered = [
        altered(url, (copy) => (copy.pathname = "/objects/imports/2/file.csv")),
        altered(url, (copy) => copy.searchParams.set("expires", "99999999999999")),
        altered(url, (copy) => copy.searchParams.delete("signature")),
        altered(url, (copy) => (copy.pathname = "/elsewhere/imports/1/file.csv")),
        forged
      ]

      expect(url.href).toMatch(/^http:\/\/localhost:8080\/objects\/imports\/1\/file.csv\?/)
      expect(yield* objects.verify(url)).toEqual(Option.some("imports/1/file.csv"))
      expect(yield* Effect.forEach(tampered, objects.verify)).toEqual(tampered.map(() => Option.none()))
      yield* TestClock.adjust("61 seconds")
      expect(yield* objects.verify(url)).toEqual(Option.none())
    }).pipe(Effect.provide(store()))
  )
})

describe("the object route", () => {
  it.live("streams what a presigned URL names, and nothing else", () =>
    Effect.gen(function* () {
      yield* HttpServer.serveEffect(ObjectRoute)
      const address = yield* HttpServer.addressWith((given) =>
        Effect.succeed(given._tag === "TcpAddress" ? `http://127.0.0.1:${given.port}` : "")
      )
      const objects = yield* ObjectStore
      yield* objects.put("b/1", bytes("x".repeat(300_000), "end"))
      const path = (url: URL) => `${address}${url.pathname}${url.search}`
      const there = path(yield* objects.presign("b/1", "1 minute"))
      const absent = path(yield* objects.presign("b/2", "1 minute"))
      const get = (url: string, method = "GET") => Effect.promise(() => fetch(url, { method }))

      const found = yield* get(there)

      expect(found.status).toBe(200)
      expect(found.headers.get("content-length")).toBe("300003")
      expect((yield* Effect.promise(() => found.text())).endsWith("xend")).toBe(true)
      const refused = yield* Effect.all([
        get(absent),
        get(`${address}/objects/b/1`),
        get(there.replace("signature=", "signature=x")),
        get(there, "DELETE"),
        get(`${address}/objects/..%2f..%2fetc/passwd?expires=1&signature=x`)
      ])
      expect(refused.map(({ status }) => status)).toEqual([404, 403, 403, 403, 403])
    }).pipe(
      Effect.scoped,
      Effect.provide([store(), NodeHttpServer.layer(() => createServer(), { host: "127.0.0.1", port: 0 })])
    )
  )
})
