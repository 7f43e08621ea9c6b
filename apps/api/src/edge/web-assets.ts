import { createHash } from "node:crypto"
import { extname, join, sep } from "node:path"
import { gzipSync } from "node:zlib"
import { FileSystem } from "@effect/platform"
import { Array as Arr, Effect, HashMap, Option } from "effect"

declare namespace WebAssets {
  type Asset = {
    readonly bytes: Uint8Array
    /** Absent where compression would not pay: pictures, fonts, files below 1 KiB. */
    readonly gzip: Option.Option<Uint8Array>
    readonly contentType: string
    readonly etag: string
    /** Its name contains its hash, so it may be kept for ever. */
    readonly immutable: boolean
  }
  /** By path of the URL, e.g. `/assets/index-4f2a.js`. */
  type Files = HashMap.HashMap<string, Asset>
}

const _types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".wasm": "application/wasm",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".webp": "image/webp",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2"
}
const _compressible = /^(text\/|application\/(json|manifest|wasm)|image\/svg)/
const _worthBytes = 1024
const _skipped = /\.map$/

/**
 * The built web app, read into memory once (a few MB): no path of a request ever touches the disk, so none
 * can leave the folder. A folder that does not exist holds no files; a new build needs a restart.
 */
const WebAssets = {
  load: (root: string): Effect.Effect<WebAssets.Files, never, FileSystem.FileSystem> =>
    Effect.gen(function* () {
      const fileSystem = yield* FileSystem.FileSystem
      const exists = yield* fileSystem.exists(root)
      const names = yield* exists ? fileSystem.readDirectory(root, { recursive: true }) : Effect.succeed([])
      const entries = yield* Effect.forEach(
        names.filter((name) => !_skipped.test(name)),
        (name) => _read(fileSystem, root, name),
        { concurrency: 8 }
      )
      return HashMap.fromIterable(Arr.getSomes(entries))
    }).pipe(Effect.orDie, Effect.withSpan("WebAssets.load"))
} as const

const _read = (fileSystem: FileSystem.FileSystem, root: string, name: string) =>
  Effect.gen(function* () {
    const path = join(root, name)
    const { type } = yield* fileSystem.stat(path)
    const bytes = yield* Effect.when(fileSystem.readFile(path), () => type === "File")
    const url = `/${name.split(sep).join("/")}`
    return Option.map(bytes, (read) => [url, _asset(url, read)] as const)
  })

const _asset = (url: string, bytes: Uint8Array): WebAssets.Asset => {
  const contentType = _types[extname(url)] ?? "application/octet-stream"
  return {
    bytes,
    contentType,
    gzip: Option.map(
      Option.liftPredicate(bytes, ({ length }) => length >= _worthBytes && _compressible.test(contentType)),
      (worth) => gzipSync(worth)
    ),
    etag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`,
    immutable: url.startsWith("/assets/")
  }
}

export { WebAssets }
