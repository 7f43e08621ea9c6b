import { createHash, createHmac, randomUUID, timingSafeEqual } from "node:crypto"
import { dirname, join } from "node:path"
import { FileSystem } from "@effect/platform"
import { Clock, Context, Duration, Effect, Layer, Option, Redacted, Schema, Stream } from "effect"

/**
 * Segments begin with a letter or a digit: no `..`, no absolute path, and never the name of a
 * temporary file.
 */
const _key = /^[A-Za-z0-9][A-Za-z0-9._=-]{0,199}(\/[A-Za-z0-9][A-Za-z0-9._=-]{0,199}){0,9}$/
const _Key = Schema.String.pipe(Schema.pattern(_key))
const _prefix = "/objects/"

class _TooLarge extends Schema.TaggedError<_TooLarge>()("ObjectStore.TooLarge", {
  maxBytes: Schema.Number
}) {}

class _NotFound extends Schema.TaggedError<_NotFound>()("ObjectStore.NotFound", {
  key: Schema.String
}) {}

declare namespace ObjectStore {
  type TooLarge = _TooLarge
  type NotFound = _NotFound
  type Stored = { readonly bytes: number; readonly sha256: string }
  type Folder = {
    /** Shared by all replicas; created where it is missing. */
    readonly folder: string
    /** Signs the URLs, so it has to be the same on all replicas. */
    readonly secret: Redacted.Redacted
    /** Where `ObjectRoute` is reachable, without the `/objects` part. */
    readonly baseUrl: string
    /** Bytes of one object. Defaults to 2 GiB. */
    readonly maxBytes?: number
  }
  /** A key is made by the caller's code, as `imports/<id>`: one that breaks the rules is a bug and dies. */
  type Shape = {
    /** Streams to the store; nothing is visible under the key before everything has arrived. Replaces. */
    readonly put: <E, R>(
      key: string,
      content: Stream.Stream<Uint8Array, E, R>,
      options?: { readonly maxBytes?: number }
    ) => Effect.Effect<Stored, E | _TooLarge, R>
    /** A URL that lets whoever holds it GET this one object until it expires. */
    readonly presign: (key: string, ttl: Duration.DurationInput) => Effect.Effect<URL>
    /** The key that the URL admits to; none when it is forged, altered or expired. */
    readonly verify: (url: URL) => Effect.Effect<Option.Option<string>>
    readonly size: (key: string) => Effect.Effect<number, _NotFound>
    readonly read: (key: string) => Stream.Stream<Uint8Array, _NotFound>
    /** No error where there is nothing to remove. */
    readonly remove: (key: string) => Effect.Effect<void>
  }
}

/**
 * Port: files that are too big for a row. The folder adapter serves one machine; a bucket has the same
 * shape.
 */
class ObjectStore extends Context.Tag("infra/storage/ObjectStore")<ObjectStore, ObjectStore.Shape>() {
  static readonly TooLarge = _TooLarge
  static readonly NotFound = _NotFound
  static readonly layerFolder = (
    options: ObjectStore.Folder
  ): Layer.Layer<ObjectStore, never, FileSystem.FileSystem> => Layer.effect(ObjectStore, _folder(options))
}

const _folder = (
  options: ObjectStore.Folder
): Effect.Effect<ObjectStore.Shape, never, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const incoming = join(options.folder, ".incoming")
    yield* Effect.orDie(fs.makeDirectory(incoming, { recursive: true }))
    const pathOf = (key: string) =>
      Schema.decode(_Key)(key).pipe(
        Effect.orDie,
        Effect.map((valid) => join(options.folder, valid))
      )
    const size = Effect.fn("ObjectStore.size")(function* (key: string) {
      const path = yield* pathOf(key)
      const found = yield* Effect.option(fs.stat(path))
      return yield* Option.match(
        Option.filter(found, ({ type }) => type === "File"),
        {
          onNone: () => new _NotFound({ key }),
          onSome: (stat) => Effect.succeed(Number(stat.size))
        }
      )
    })
    return {
      put: (key, content, { maxBytes = options.maxBytes ?? 2 * 1024 ** 3 } = {}) =>
        Effect.gen(function* () {
          const path = yield* pathOf(key)
          const temporary = join(incoming, randomUUID())
          yield* Effect.addFinalizer(() => Effect.orDie(fs.remove(temporary, { force: true })))
          const stored = yield* Effect.scoped(_write(fs, temporary, content, maxBytes))
          yield* Effect.orDie(fs.makeDirectory(dirname(path), { recursive: true }))
          yield* Effect.orDie(fs.rename(temporary, path))
          return stored
        }).pipe(Effect.scoped, Effect.withSpan("ObjectStore.put", { attributes: { key } })),
      presign: Effect.fn("ObjectStore.presign")(function* (key, ttl) {
        yield* pathOf(key)
        const expires = String((yield* Clock.currentTimeMillis) + Duration.toMillis(ttl))
        const url = new URL(`${options.baseUrl.replace(/\/$/, "")}${_prefix}${key}`)
        url.searchParams.set("expires", expires)
        url.searchParams.set("signature", _sign(options.secret, key, expires).toString("base64url"))
        return url
      }),
      verify: Effect.fn("ObjectStore.verify")(function* (url) {
        const now = yield* Clock.currentTimeMillis
        const expires = url.searchParams.get("expires") ?? ""
        const signature = Buffer.from(url.searchParams.get("signature") ?? "", "base64url")
        return Option.some(url.pathname).pipe(
          Option.filter((path) => path.startsWith(_prefix)),
          Option.map((path) => path.slice(_prefix.length)),
          Option.filter((key) => _key.test(key)),
          Option.filter((key) => _equal(signature, _sign(options.secret, key, expires))),
          Option.filter(() => Number(expires) > now)
        )
      }),
      size,
      read: (key) =>
        Stream.unwrap(
          Effect.map(Effect.zip(size(key), pathOf(key)), ([, path]) => Stream.orDie(fs.stream(path)))
        ),
      remove: Effect.fn("ObjectStore.remove")(function* (key) {
        yield* Effect.orDie(fs.remove(yield* pathOf(key), { force: true }))
      })
    }
  })

const _write = <E, R>(
  fs: FileSystem.FileSystem,
  path: string,
  content: Stream.Stream<Uint8Array, E, R>,
  maxBytes: number
) =>
  Effect.gen(function* () {
    const file = yield* Effect.orDie(fs.open(path, { flag: "wx", mode: 0o600 }))
    const hash = createHash("sha256")
    const bytes = yield* Stream.runFoldEffect(content, 0, (before, chunk) => {
      const total = before + chunk.length
      return total > maxBytes
        ? Effect.fail(new _TooLarge({ maxBytes }))
        : Effect.suspend(() => {
            hash.update(chunk)
            return Effect.as(Effect.orDie(file.writeAll(chunk)), total)
          })
    })
    // A row may point at this object as soon as we return.
    yield* Effect.orDie(file.sync)
    return { bytes, sha256: hash.digest("hex") }
  })

const _sign = (secret: Redacted.Redacted, key: string, expires: string): Buffer =>
  createHmac("sha256", Redacted.value(secret)).update(`GET\n${key}\n${expires}`).digest()

const _equal = (given: Buffer, expected: Buffer): boolean =>
  given.length === expected.length && timingSafeEqual(given, expected)

export { ObjectStore }
